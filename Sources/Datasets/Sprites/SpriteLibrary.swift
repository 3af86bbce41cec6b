import FoundationEssentials
import PinxitFiles
import PinxitImages

/// All drawings of a data set in memory, with the words and settings they were made with.
public struct SpriteLibrary: Sendable {
    /// What the library holds and was made from.
    public let manifest: DatasetManifest
    /// By style, then by ``VocabularyEntry/key``; every object has a plain one.
    public let sprites: [DrawingStyle: [String: Sprite]]

    /// The objects that can be drawn, in the table's order.
    public var vocabulary: [VocabularyEntry] { manifest.vocabulary }
    /// The settings the library was made with.
    public var recipe: DatasetRecipe { manifest.recipe }

    /// The styles of its recipe; an object may lack a drawing in all but plain.
    public var drawnStyles: [DrawingStyle] { recipe.styles.drawn }

    /// A library in memory, whose sprites must be those the manifest lists; nothing is checked.
    public init(manifest: DatasetManifest, sprites: [DrawingStyle: [String: Sprite]]) {
        self.manifest = manifest
        self.sprites = sprites
    }

    /// Reads a folder that `pinxit dataset` wrote.
    /// - Throws: `DatasetError` naming the file that is missing or damaged, or the recipe if no
    ///   picture of it falls into one of the splits.
    public init(folder: String) throws(DatasetError) {
        let file = folder + "/manifest.json"
        guard FileManager.default.fileExists(atPath: file) else {
            let isThere = FileManager.default.fileExists(atPath: folder)
            throw .unreadable(
                file: folder,
                reason: (isThere ? "it holds no manifest.json" : "it is missing")
                    + "; a folder that pinxit dataset wrote is accepted")
        }
        let manifest: DatasetManifest
        do {
            manifest = try JSONDecoder().decode(DatasetManifest.self, from: try readBytes(file))
        } catch let error as DatasetError {
            throw error
        } catch let error as DecodingError {
            throw .badManifest(file: file, reason: "\(error.field): \(error.told)")
        } catch {
            throw .badManifest(file: file, reason: "\(error)")
        }
        try manifest.check(file)
        let wanted = manifest.sprites.flatMap { style, keys in keys.map { (style, $0) } }
        let drawings = try inParallel(wanted.count) { index throws(DatasetError) in
            let (style, key) = wanted[index]
            return try Self.read("\(folder)/sprites/\(style.rawValue)/\(key).png")
        }
        var sprites: [DrawingStyle: [String: Sprite]] = [:]
        for ((style, key), drawing) in zip(wanted, drawings) {
            sprites[style, default: [:]][key] = drawing
        }
        self.init(manifest: manifest, sprites: sprites)
        try checkSplits(file)
    }

    private static func read(_ file: String) throws(DatasetError) -> Sprite {
        guard FileManager.default.fileExists(atPath: file) else {
            throw .missingSprite(file: file)
        }
        let picture: Picture
        do {
            picture = try Picture(file: file)
        } catch ImageError.unreadable(_, let reason) {
            throw .unreadable(file: file, reason: reason)
        } catch {
            throw .unreadable(file: file, reason: systemReason(error))
        }
        guard picture.width == picture.height, picture.channels == 4, picture.width <= 1024 else {
            throw .unreadable(file: file, reason: "a square RGBA PNG is needed")
        }
        let sprite = Sprite(picture)
        guard !sprite.isEmpty else {
            throw .unreadable(file: file, reason: "nothing is drawn in it: it is all transparent")
        }
        return sprite
    }
}
