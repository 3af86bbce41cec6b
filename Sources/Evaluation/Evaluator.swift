import PinxitDatasets
import PinxitImages

/// Paints the pictures of several orders, in their order. All must be of one size.
public typealias Paint = ([PaintingOrder]) async throws -> [Picture]

/// Measures what a text-to-image model of composed pictures has learnt.
///
/// Every prompt's picture can be rendered, so a painted picture is compared with renderings of what
/// was asked and of the same with one attribute changed, without another network. With an
/// ``Embedder``, captions are ranked and distributions compared besides.
public struct Evaluator: Sendable {
    /// The drawings prompts are made of and compared with.
    public let library: SpriteLibrary
    /// What is asked, and how much of it.
    public let configuration: EvaluationConfiguration
    /// Written when the evaluator is made: the same for one library and configuration.
    public let questionnaire: Questionnaire
    let composedPrompts: ComposedPrompts

    /// Writes the questions; nothing is painted or rendered yet.
    public init(library: SpriteLibrary, configuration: EvaluationConfiguration) {
        self.library = library
        self.configuration = configuration
        questionnaire = QuestionWriter.write(library, configuration)
        composedPrompts = ComposedPrompts(library, configuration)
    }

    /// The side of training pictures.
    var pictureSize: Int { library.recipe.pictureSize }

    /// What the fixed grid shows, row by row.
    var gridOrders: [PaintingOrder] {
        configuration.gridPrompts.flatMap { prompt in
            configuration.gridSeeds.map { PaintingOrder(prompt: prompt, seed: $0) }
        }
    }

    /// Paints and measures, at the size at which the model paints.
    ///
    /// - Parameters:
    ///   - batch: how many orders `paint` is given at once.
    ///   - onProgress: called with the pictures painted so far.
    public func run(
        batch: Int = 8, embedder: (any Embedder)? = nil, onProgress: (Int) -> Void = { _ in },
        paint: Paint
    ) async throws -> (findings: Findings, grid: Picture?) {
        let paintings = try await paintings(batch: batch, onProgress: onProgress, paint: paint)
        let reference = try await reference(size: paintings.items[0].width, embedder: embedder)
        let findings = try await findings(paintings, reference)
        return (findings, grid(paintings, reference))
    }

    /// The fixed prompts on one sheet; nil where the configuration has none.
    public func grid(_ paintings: Paintings, _ reference: Reference) -> Picture? {
        Grid(configuration: configuration, thumbnails: reference.thumbnails).draw(paintings.grid)
    }

    /// Measures painted pictures at the reference's size.
    ///
    /// - Throws: ``NotFiniteMeasure`` for a figure that is no finite number; what the embedder
    ///   throws.
    public func findings(_ paintings: Paintings, _ reference: Reference) async throws -> Findings {
        let pictures = paintings.items.map(reference.compared)
        let examined = Examination(
            questionnaire: questionnaire, pictures: pictures,
            twins: paintings.twins.map(reference.compared), judge: reference.judge,
            captions: reference.composer.captions
        ).run()
        let retrieval = ObjectRetrieval(
            questionnaire: questionnaire, pictures: pictures, judge: reference.judge,
            vocabulary: library.vocabulary
        ).run()
        var findings = Findings(
            size: reference.size, findings: examined.findings, retrieval: retrieval,
            memorisations: [memorisation(pictures, reference)].compactMap { $0 },
            diversity: diversity(paintings, pictures, reference), questionnaire: questionnaire,
            answers: examined.answers)
        findings.languages = examined.languages
        if let painted = paintings.fromPictures {
            findings.fromPictures = self.findings(painted, reference)
        }
        if let embedded = reference.embedded {
            try await addEmbedded(
                pictures, paintings.composed.map(reference.compared), embedded, to: &findings)
        }
        try findings.checkFinite()
        return findings
    }

    private func addEmbedded(
        _ pictures: [Picture], _ composed: [Picture], _ reference: EmbeddedReference,
        to findings: inout Findings
    ) async throws {
        let rows = try await reference.embedder.embed(pictures: pictures)
        let composedRows = try await reference.embedder.embed(pictures: composed)
        findings.rPrecision = PromptGroup.allCases.compactMap { group in
            guard let ranking = reference.rankings[group] else { return nil }
            if group == .composed {
                return ranking.run(group, painted: composedRows, real: reference.composed)
            }
            let own = indices(of: group)
            return ranking.run(
                group, painted: own.map { rows[$0] }, real: own.map { reference.real[$0] })
        }
        findings.kernelDistance = KernelDistance.between(
            rows, reference.real, arePaired: true, settings: configuration.kernelDistance,
            seed: configuration.seed)
        findings.kernelDistanceFloors = reference.floors
        if let copies = memorisation(rows, reference) { findings.memorisations.append(copies) }
    }

    private func memorisation(_ pictures: [Picture], _ reference: Reference) -> Memorisation? {
        memorisation(.pixels) { index in
            let real = reference.composer.render(
                questionnaire.items[index].spec, size: reference.size)
            return (
                reference.thumbnails.nearest(to: pictures[index])!,
                reference.thumbnails.nearest(to: real)!
            )
        }
    }

    private func memorisation(_ rows: [[Float]], _ reference: EmbeddedReference) -> Memorisation? {
        memorisation(.embedding) { index in
            (
                nearest(to: rows[index], in: reference.training)!,
                nearest(to: reference.real[index], in: reference.training)!
            )
        }
    }

    private func memorisation(
        _ space: Memorisation.Space,
        _ nearest:
            @Sendable (Int) -> (
                painted: (index: Int, distance: Double), real: (index: Int, distance: Double)
            )
    ) -> Memorisation? {
        guard configuration.trainingPictures > 0 else { return nil }
        let heldOut = indices(of: .heldOut)
        let pairs = inParallel(heldOut.count) { i in
            let found = nearest(heldOut[i])
            return Memorisation.Pair(
                item: heldOut[i], training: found.painted.index,
                distance: found.painted.distance, realDistance: found.real.distance)
        }
        return Memorisation(
            space: space, trainingPictures: configuration.trainingPictures, pairs: pairs)
    }

    private func diversity(
        _ paintings: Paintings, _ pictures: [Picture], _ reference: Reference
    ) -> Diversity? {
        let varied = variedItems
        let painted = zip(varied, paintings.variations).map { index, others in
            [pictures[index]] + others.map(reference.compared)
        }
        let real = varied.map { index in
            (0..<configuration.variedSeeds).map { number in
                var spec = questionnaire.items[index].spec
                spec.jitter = spec.jitter &+ UInt64(number)
                return reference.composer.render(spec, size: reference.size)
            }
        }
        return Diversity.measure(painted: painted, real: real)
    }
}
