import PinxitFiles

/// `manifest.json`: what a data set folder holds, from which files, under which licences.
public struct DatasetManifest: Sendable, Hashable, Codable {
    /// One file the sprites were made from.
    public struct Source: Sendable, Hashable, Codable {
        /// Path below the cache folder.
        public var file: String
        /// Its hash when the data set was made, 64 hexadecimal digits in lower case.
        public var sha256: String
        /// Whether the hash is the one this program was tested with.
        public var isPinned: Bool
        /// The SPDX identifier of its licence, which holds for the sprites too.
        public var license: String
        /// Who is to be named where pictures are passed on.
        public var credit: String
    }

    /// The version that is written, and the only one that is read.
    public static let currentVersion = 1

    /// Of the file's form; raised when older readers would misread it.
    public var version = currentVersion
    /// The settings the data set was made with.
    public var recipe: DatasetRecipe
    /// Every object that can be drawn, in the order of the table.
    public var vocabulary: [VocabularyEntry]
    /// Side of the stored sprites in pixels; they are square.
    public var spriteSide: Int
    /// Style to the keys it has a drawing of.
    public var sprites: [DrawingStyle: [String]]
    /// The files it was made from, for ``SourceFile``'s licences; empty for a library made in
    /// memory.
    public var sources: [Source]

    /// A manifest of the current version. Nothing is checked until it is read back from a folder.
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

    /// Tells what is drawn and how it is called from other data sets of the same recipe.
    public var contents: String {
        let drawn = sprites.sorted { $0.key.rawValue < $1.key.rawValue }
        let sources = sources.map { "\($0.file) \($0.sha256)" }
        return String(SHA256.hex("\(vocabulary) \(spriteSide) \(drawn) \(sources)".utf8).prefix(16))
    }

    func check(_ file: String) throws(DatasetError) {
        guard version == Self.currentVersion else {
            throw .badManifest(
                file: file, reason: "version \(version); \(Self.currentVersion) is accepted")
        }
        try recipe.check(file)
        let known = Set(vocabulary.map(\.key))
        func wrong(_ reason: String) -> DatasetError { .badManifest(file: file, reason: reason) }
        guard known.count == vocabulary.count else {
            throw wrong("the vocabulary names an object twice")
        }
        guard known.count > 1 else {
            throw wrong("\(known.count) objects; 2 or more are accepted, since pairs need two")
        }
        for entry in vocabulary where entry.english.noun.isEmpty || entry.chinese.isEmpty {
            throw wrong("object \"\(entry.key)\" lacks its English or its Chinese noun")
        }
        let isSafe: (Character) -> Bool = { $0.isHexDigit || $0 == "_" }
        for (style, keys) in sprites {
            for key in keys where !known.contains(key) || !key.allSatisfy(isSafe) {
                throw wrong("sprite \"\(key)\" is not in the vocabulary")
            }
            guard Set(keys).count == keys.count else {
                throw wrong("style \(style.rawValue) names a sprite twice")
            }
        }
        guard sprites[.plain]?.count == known.count else {
            throw wrong("every object needs a drawing in style plain")
        }
    }
}
