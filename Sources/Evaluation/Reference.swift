import PinxitDatasets
import PinxitImages
import PinxitTensors

/// What painted pictures are compared with: real pictures, which are the same for every model.
public struct Reference: Sendable {
    /// The side at which pictures are compared.
    public let size: Int
    let composer: Composer
    let judge: Judge
    let thumbnails: TrainingThumbnails
    let embedded: EmbeddedReference?

    /// A training picture.
    func trainingPicture(_ index: Int, size: Int) -> Picture {
        thumbnails.picture(index, size: size)
    }

    /// The training picture that looks most like a picture; nil where none is searched.
    func nearestTrainingPicture(to picture: Picture) -> (index: Int, distance: Double)? {
        thumbnails.nearest(to: compared(picture))
    }

    /// The picture at the size of comparison, resized as PIL's bicubic filter does it.
    func compared(_ picture: Picture) -> Picture {
        picture.rgb().resized(width: size, height: size, filter: .bicubic)
    }
}

/// Real pictures and captions in an embedder's space.
struct EmbeddedReference: Sendable {
    let embedder: any Embedder
    /// For each group, specs with the rows of their captions; those that are painted come first.
    let rankings: [PromptGroup: CaptionRanking]
    /// Real pictures of the items and the composed items.
    let real: [[Float]]
    let composed: [[Float]]
    let training: [[Float]]
    let floors: KernelDistanceFloors?
}

/// What ``KernelDistance`` gives between real pictures.
public struct KernelDistanceFloors: Sendable, Hashable {
    /// Other renderings of the same prompts: what a perfect model gets.
    public var real: KernelDistance
    /// Half of the training pictures against the other half.
    public var trainingHalves: KernelDistance
    /// Training pictures against pictures with held-out combinations.
    public var heldOut: KernelDistance
}

extension Evaluator {
    /// - Parameters:
    ///   - size: the side at which pictures are compared.
    ///   - embedder: without one, R-precision and kernel distance are not measured.
    /// - Throws: ``NotFiniteMeasure`` if the embedder's rows are not finite; what it throws.
    public func reference(size: Int, embedder: (any Embedder)? = nil) async throws -> Reference {
        let composer = Composer(library: library, split: .everything)
        let thumbnails = TrainingThumbnails(
            library, count: configuration.trainingPictures, size: size)
        var embedded: EmbeddedReference?
        if let embedder {
            embedded = try await embed(composer, size, FiniteEmbedder(embedder: embedder))
        }
        return Reference(
            size: size, composer: composer,
            judge: Judge(composer: composer, renderings: configuration.renderings),
            thumbnails: thumbnails, embedded: embedded)
    }

    private func embed(
        _ composer: Composer, _ size: Int, _ embedder: any Embedder
    ) async throws -> EmbeddedReference {
        let specs = questionnaire.items.map(\.spec)
        let real = try await embed(specs, composer, size, embedder)
        let training = Composer(library: library, split: .train)
        let trainingRows = try await embed(
            (0..<configuration.trainingPictures).map(training.spec), composer, size, embedder)
        return EmbeddedReference(
            embedder: embedder, rankings: try await rankings(embedder), real: real,
            composed: try await embed(
                composedPrompts.items.map(\.spec), composer, size, embedder),
            training: trainingRows,
            floors: try await floors(specs, real, trainingRows, composer, size, embedder))
    }

    private func rankings(
        _ embedder: any Embedder
    ) async throws -> [PromptGroup: CaptionRanking] {
        var rankings: [PromptGroup: CaptionRanking] = [:]
        for group in PromptGroup.allCases {
            let prompts =
                group == .composed
                ? composedPrompts.items + composedPrompts.others
                : indices(of: group).map { questionnaire.items[$0] }
            rankings[group] = CaptionRanking(
                specs: prompts.map(\.spec),
                texts: try await embedder.embed(texts: prompts.map(\.order.prompt)),
                candidates: configuration.candidates, seed: configuration.seed)
        }
        return rankings
    }

    private func floors(
        _ specs: [PictureSpec], _ real: [[Float]], _ training: [[Float]], _ composer: Composer,
        _ size: Int, _ embedder: any Embedder
    ) async throws -> KernelDistanceFloors? {
        let again = specs.map { spec in
            var other = spec
            other.jitter = ~spec.jitter
            return other
        }
        let test = Composer(library: library, split: .test)
        let half = training.count / 2
        let heldOut = try await embed(
            (0..<half).map(test.spec), composer, size, embedder)
        let settings = configuration.kernelDistance
        guard
            let same = KernelDistance.between(
                try await embed(again, composer, size, embedder), real, arePaired: true,
                settings: settings, seed: configuration.seed),
            let halves = KernelDistance.between(
                Array(training[..<half]), Array(training[half...]), arePaired: false,
                settings: settings, seed: configuration.seed),
            let others = KernelDistance.between(
                Array(training[half...]), heldOut, arePaired: false, settings: settings,
                seed: configuration.seed)
        else { return nil }
        return KernelDistanceFloors(real: same, trainingHalves: halves, heldOut: others)
    }

    /// Rows of renderings, made some at a time.
    private func embed(
        _ specs: [PictureSpec], _ composer: Composer, _ size: Int, _ embedder: any Embedder
    ) async throws -> [[Float]] {
        var rows: [[Float]] = []
        while rows.count < specs.count {
            let some = Array(specs[rows.count..<min(rows.count + 512, specs.count)])
            rows += try await embedder.embed(
                pictures: inParallel(some.count) { composer.render(some[$0], size: size) })
        }
        return rows
    }

    /// The questionnaire's items of a group.
    func indices(of group: PromptGroup) -> [Int] {
        questionnaire.items.indices.filter {
            questionnaire.items[$0].isHeldOut == (group == .heldOut)
        }
    }
}
