/// `manifest.json`: what a data set folder holds, from which files, under which licences.
public struct DatasetManifest: Sendable, Hashable, Codable {
    public struct Source: Sendable, Hashable, Codable {
        /// Path below the cache folder.
        public var file: String
        public var sha256: String
        /// Whether the hash is the one this program was tested with.
        public var isPinned: Bool
        public var license: String
        public var credit: String
    }

    public static let currentVersion = 1

    public var version = currentVersion
    public var recipe: DatasetRecipe
    public var vocabulary: [VocabularyEntry]
    public var spriteSide: Int
    /// Style to the keys it has a drawing of.
    public var sprites: [DrawingStyle: [String]]
    public var sources: [Source]

    public init(
        recipe: DatasetRecipe, vocabulary: [VocabularyEntry], spriteSide: Int,
        sprites: [DrawingStyle: [String]], sources: [Source] = []
    ) {
        self.recipe = recipe
        self.vocabulary = vocabulary
        self.spriteSide = spriteSide
        self.sprites = sprites
        self.sources = sources
    }

    func check(_ file: String) throws(DatasetError) {
        guard version == Self.currentVersion else {
            throw .badManifest(
                file: file, reason: "version \(version); \(Self.currentVersion) is accepted")
        }
        try recipe.check(file)
        let known = Set(vocabulary.map(\.key))
        guard known.count == vocabulary.count else {
            throw .badManifest(file: file, reason: "the vocabulary names an object twice")
        }
        let isSafe: (Character) -> Bool = { $0.isHexDigit || $0 == "_" }
        for keys in sprites.values {
            for key in keys where !known.contains(key) || !key.allSatisfy(isSafe) {
                throw .badManifest(file: file, reason: "sprite \"\(key)\" is not in the vocabulary")
            }
        }
        guard sprites[.plain]?.count == known.count else {
            throw .badManifest(file: file, reason: "every object needs a drawing in style plain")
        }
    }
}
