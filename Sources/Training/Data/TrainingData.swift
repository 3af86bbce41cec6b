import PinxitDatasets
import PinxitFiles
import PinxitTokenizers

/// What a run learns from.
enum TrainingData {
    /// Pictures composed of sprites, as `pinxit dataset` writes them.
    case composed(SpriteLibrary)
    /// A folder of anybody's pictures.
    case folder(PictureFolder)

    /// The side of its pictures in pixels.
    var pictureSize: Int {
        switch self {
        case .composed(let library): library.recipe.pictureSize
        case .folder(let folder): folder.framing.size
        }
    }

    /// The stream of pictures of a seed.
    func pictures(_ seed: UInt64, _ split: DatasetSplit = .train) -> any CaptionedPictures {
        switch self {
        case .composed(let library): Composer(library: library, seed: seed, split: split)
        case .folder(let folder): folder.stream(seed: seed, split: split)
        }
    }

    /// What tells it from others: of a folder all its pictures and captions, of composed pictures
    /// their recipe and the first captions.
    var identity: String {
        switch self {
        case .composed(let library):
            let composer = Composer(library: library, seed: 0, split: .train)
            return ([composer.identity] + (0..<16).map(composer.caption)).joined(separator: "\n")
        case .folder(let folder): return folder.identity
        }
    }

    /// What people call it: a folder's own name.
    var name: String {
        switch self {
        case .composed: "composed"
        case .folder(let folder): folder.path.lastPathPart
        }
    }

    /// The words of its captions; nil where there are no captions.
    var learntWords: LearntWords? {
        switch self {
        case .composed(let library): library.learntWords
        case .folder(let folder): folder.hasCaptions ? folder.learntWords : nil
        }
    }

    /// Opens a data set.
    ///
    /// - Parameters:
    ///   - s: The recipe's group `dataset`, which is about folders of pictures alone.
    ///   - usualSize: The pictures' side where the recipe does not say; nil is the usual default.
    ///   - maxBroken: How many files of a folder may be broken.
    ///   - progress: Told lines about what is done.
    /// - Throws: `DatasetError`, `FileError`, `CancellationError`.
    static func open(
        _ path: String, _ s: SettingsReader, usualSize: Int? = nil, maxBroken: Int,
        progress: (String) -> Void
    ) throws -> TrainingData {
        var framing = try PictureFraming(s)
        if let usualSize, !s.field["size"].exists { framing.size = usualSize }
        guard PictureFolder.isMeant(by: path) else {
            guard !s.field.exists else {
                throw FileError(
                    path: s.field.file, field: s.field.path,
                    problem: "is for folders of pictures, and \(path) is a data set of sprites")
            }
            return .composed(try SpriteLibrary(folder: path))
        }
        let folder = try PictureFolder(path, framing: framing, maxBroken: maxBroken) { done, all in
            progress("pictures \(done)/\(all)")
        }
        return .folder(folder)
    }
}

extension PictureFraming {
    /// Reads the recipe's group `dataset`.
    init(_ s: SettingsReader) throws {
        let size = try s.int(
            "size", or: 128, in: 8...2048,
            "The side in pixels that pictures are brought to; in fine-tuning the model's, unless it is "
                + "given."
        )
        let crop: Crop = try s.choice(
            "crop", or: .center,
            "What is taken of a picture: the square in its middle, a square anywhere in it, or all "
                + "of it between borders.")
        let mirrors = try s.bool(
            "mirror", or: false, "Whether half of the pictures are turned left to right.")
        let background = try s.ints(
            "background", or: [255, 255, 255], count: 3...3, each: 0...255,
            "The colour behind transparent pictures and of borders: red, green, blue.")
        try s.finish()
        self.init(
            size: size, crop: crop, mirrors: mirrors,
            background: background.map { UInt8($0) })
    }
}
