import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTensors

/// Measures what a model has learnt of anybody's captioned pictures, of which nothing is known but
/// themselves and their captions.
///
/// Captions of pictures that were kept from training are painted, and compared with their captions
/// and with real pictures in the space of an ``Embedder``. What that does not see is not measured.
public struct FolderEvaluator: Sendable {
    /// How much is painted and compared.
    public let configuration: EvaluationConfiguration
    /// Pictures the model has not learnt from, each once.
    public let heldOut: PictureStream
    /// Pictures it has learnt from, each once.
    public let training: PictureStream
    /// Whether the two differ: a folder may be too small to hold any pictures out.
    public let isHeldOut: Bool
    /// Which of the held-out pictures have their captions painted.
    let places: [Int]

    /// - Parameters:
    ///   - folder: Where pictures are held out by the rule that training heeds.
    ///   - other: What the model has learnt from, if that is another folder: then all of the first
    ///     one is held out but what lies in both.
    /// - Throws: `FileError` if no held-out picture has a caption.
    public init(
        _ folder: PictureFolder, trainedOn other: PictureFolder? = nil,
        configuration: EvaluationConfiguration
    ) throws(FileError) {
        self.configuration = configuration
        let seed = configuration.seed
        isHeldOut = other != nil || folder.hasHeldOut
        let heldOut = folder.stream(
            seed: seed, split: other == nil ? .test : .everything, repeats: false)
        training = (other ?? folder).stream(
            seed: seed, split: other == nil ? .train : .everything, repeats: false)
        var captioned = (0..<heldOut.epochCount).filter { !heldOut.caption(at: $0).isEmpty }
        if let other, !captioned.isEmpty {
            let isKnown = heldOut.lies(in: other)
            captioned.removeAll(where: isKnown)
            guard !captioned.isEmpty else {
                throw FileError(
                    path: folder.path,
                    problem:
                        "holds no other picture than \(other.path), which is said to have been "
                        + "learnt from: none is held out")
            }
        }
        guard !captioned.isEmpty else {
            throw FileError(
                path: folder.path,
                problem: "has no caption of a held-out picture to paint; accepted: a .txt beside "
                    + "each picture, metadata.jsonl or metadata.csv, or folders named after what "
                    + "they show")
        }
        self.heldOut = heldOut
        places = Array(captioned.prefix(configuration.prompts))
    }

    /// The captions that are painted, in the order of their pictures.
    public var captions: [String] { places.map(heldOut.caption) }

    /// Training pictures that are looked through.
    var trainingCount: Int { min(training.epochCount, configuration.trainingPictures) }

    /// Of the prompts those that are painted with several seeds.
    var varied: [Int] {
        configuration.variedSeeds > 1 ? configuration.varied(of: places.count) : []
    }

    /// Pictures that are painted.
    public var orderCount: Int {
        places.count + varied.count * (configuration.variedSeeds - 1)
    }

    /// What is painted for a prompt.
    ///
    /// - Parameter variation: 0 is the picture that is measured, more are those beside it.
    func order(_ prompt: Int, variation: Int = 0) -> PaintingOrder {
        var random = SplitMix64(
            seed: configuration.seed ^ fnv1a64("folder"), index: prompt)
        return PaintingOrder(
            prompt: heldOut.caption(at: places[prompt]),
            seed: UInt32(truncatingIfNeeded: random.next()) &+ UInt32(variation))
    }

    /// Paints all that is measured.
    ///
    /// - Parameters:
    ///   - batch: how many orders `paint` is given at once.
    ///   - onProgress: called with the pictures painted so far.
    public func paintings(
        batch: Int = 8, onProgress: (Int) -> Void = { _ in }, paint: Paint
    ) async throws -> FolderPaintings {
        let others = varied.flatMap { prompt in
            (1..<configuration.variedSeeds).map { order(prompt, variation: $0) }
        }
        let (pictures, seconds) = try await painted(
            places.indices.map { order($0) } + others, batch: batch, onProgress: onProgress,
            paint: paint)
        let rest = Array(pictures[places.count...])
        let each = configuration.variedSeeds - 1
        return FolderPaintings(
            items: Array(pictures[..<places.count]),
            variations: varied.indices.map { Array(rest[$0 * each..<($0 + 1) * each]) },
            secondsPerPicture: seconds)
    }
}

/// All pictures of a folder's evaluation as a model painted them, RGB.
public struct FolderPaintings: Sendable {
    /// One for each prompt.
    public var items: [Picture]
    /// Some of the prompts once more with other seeds, `[prompt][seed]`.
    public var variations: [[Picture]]
    /// The median time of a picture.
    public var secondsPerPicture: Double
}
