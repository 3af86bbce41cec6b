import Datasets
import Images

/// Paints the pictures of several orders, in their order. All must be square and of one size.
public typealias Paint = ([PaintingOrder]) async throws -> [Picture]

/// Measures what a text-to-image model of composed pictures has learnt, without another network:
/// every prompt's picture can be rendered, so a painted picture is compared with renderings of what
/// was asked and of the same with one attribute changed.
public struct Evaluator: Sendable {
    public let library: SpriteLibrary
    public let configuration: EvaluationConfiguration
    public let questionnaire: Questionnaire

    public init(library: SpriteLibrary, configuration: EvaluationConfiguration) {
        self.library = library
        self.configuration = configuration
        questionnaire = QuestionWriter.write(library, configuration)
    }

    /// What the fixed grid shows, row by row.
    public var gridOrders: [PaintingOrder] {
        configuration.gridPrompts.flatMap { prompt in
            configuration.gridSeeds.map { PaintingOrder(prompt: prompt, seed: $0) }
        }
    }

    /// Pictures that a run paints.
    public var orderCount: Int { questionnaire.items.count + gridOrders.count }

    /// - Parameters:
    ///   - batch: how many orders `paint` is given at once.
    ///   - onProgress: called with the pictures painted so far.
    public func run(
        batch: Int = 8, onProgress: (Int) -> Void = { _ in }, paint: Paint
    ) async throws -> (findings: Findings, grid: Picture?) {
        let orders = gridOrders + questionnaire.items.map(\.order)
        var pictures: [Picture] = []
        while pictures.count < orders.count {
            let some = orders[pictures.count..<min(pictures.count + batch, orders.count)]
            let painted = try await paint(Array(some))
            precondition(
                painted.count == some.count, "\(some.count) orders, \(painted.count) pictures")
            pictures += painted.map { $0.rgb() }
            onProgress(pictures.count)
        }
        let gridCount = gridOrders.count
        let thumbnails = TrainingThumbnails(
            library, count: configuration.trainingPictures, size: pictures[0].width)
        let findings = examine(Array(pictures[gridCount...]), thumbnails)
        let grid = Grid(configuration: configuration, thumbnails: thumbnails)
        return (findings, grid.draw(Array(pictures[..<gridCount])))
    }

    private func examine(_ pictures: [Picture], _ thumbnails: TrainingThumbnails) -> Findings {
        let composer = Composer(library: library, split: .everything)
        let judge = Judge(composer: composer, renderings: configuration.renderings)
        let examined = Examination(
            questionnaire: questionnaire, pictures: pictures, judge: judge,
            captions: composer.captions
        ).run()
        let retrieval = ObjectRetrieval(
            questionnaire: questionnaire, pictures: pictures, judge: judge,
            vocabulary: library.vocabulary
        ).run()
        return Findings(
            findings: examined.findings, retrieval: retrieval,
            memorisation: memorisation(pictures, thumbnails, composer),
            questionnaire: questionnaire, answers: examined.answers)
    }

    private func memorisation(
        _ pictures: [Picture], _ thumbnails: TrainingThumbnails, _ composer: Composer
    ) -> Memorisation? {
        guard configuration.trainingPictures > 0 else { return nil }
        let items = questionnaire.items
        let heldOut = items.indices.filter { items[$0].isHeldOut }
        let distances = inParallel(heldOut.count) { i in
            let real = composer.render(
                items[heldOut[i]].spec, size: pictures[heldOut[i]].width)
            return (
                painted: thumbnails.nearest(to: pictures[heldOut[i]])!.distance,
                real: thumbnails.nearest(to: real)!.distance
            )
        }
        return Memorisation(
            trainingPictures: configuration.trainingPictures,
            painted: distances.map(\.painted).sorted(), real: distances.map(\.real).sorted())
    }
}
