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
    ///
    /// - Parameter split: The pictures of a folder that are learnt from.
    func learntWords(_ split: DatasetSplit) -> LearntWords? {
        switch self {
        case .composed(let library): library.learntWords
        case .folder(let folder): folder.hasCaptions ? folder.learntWords(split) : nil
        }
    }

    /// Opens a data set.
    ///
    /// - Parameters:
    ///   - s: The recipe's group `dataset`, which is about folders of pictures alone.
    ///   - base: What is usual for the model that learns, where the recipe does not say; nil where
    ///     none is there yet.
    ///   - maxBroken: How many files of a folder may be broken.
    ///   - progress: Told lines about what is done.
    /// - Throws: `DatasetError`, `FileError`, `CancellationError`.
    static func open(
        _ path: String, _ s: SettingsReader, usual base: FineTuningBase.Usual? = nil,
        maxBroken: Int,
        progress: (String) -> Void
    ) throws -> TrainingData {
        let settings = try FolderSettings(s, usual: base)
        guard fileExists(path) else {
            throw FileError(
                path: path,
                problem: "is missing; accepted: what pinxit dataset wrote, or a folder of pictures")
        }
        guard PictureFolder.isMeant(by: path) else {
            guard !s.field.exists else {
                throw FileError(
                    path: s.field.file, field: s.field.path,
                    problem: "is for folders of pictures, and \(path) is a data set of sprites")
            }
            return .composed(try SpriteLibrary(folder: path))
        }
        let folder = try PictureFolder(
            path, framing: settings.framing, tags: settings.tags, maxBroken: maxBroken
        ) { done, all in progress("pictures \(done)/\(all)") }
        return .folder(folder)
    }
}
