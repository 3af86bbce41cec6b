import ArgumentParser
import Datasets
import Evaluation
import Files
import Images
import Pinxit

/// `pinxit evaluate MODEL`: measures what a model trained on composed pictures has learnt.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a model: colours, counts, positions and objects it paints rightly.",
        discussion: """
            Paints fixed prompts with fixed seeds and compares each picture with renderings of \
            what was asked and of the same with one attribute changed: the nearest is what the \
            picture shows. Half of the combinations are ones no training picture has. Beside each \
            figure stand the chance level and what real pictures get.
            """)

    @Argument(help: "The model's folder.")
    var model: String

    @Option(help: "The folder that pinxit dataset wrote.")
    var dataset: String

    @Option(help: "What to ask.")
    var config = "Recipes/evaluation.json"

    @Option(name: [.short, .long], help: "The folder for evaluation.json and grid.png.")
    var output: String?

    @Option(help: "Pictures per attribute, trained and held out each (default: the config's).")
    var count: Int?

    @Option(help: "How much prompts are exaggerated; 1 is not at all (default: the model's).")
    var guidance: Double?

    @Option(help: "Denoising steps (default: the model's).")
    var steps: Int?

    @Option(help: "\(Precision.accepted) (default: bf16 where the processor has it).")
    var precision: String?

    @Flag(help: "Print the report as JSON instead of a table.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    func run() async throws {
        try await reportingErrors { try await evaluate() }
    }

    private func evaluate() async throws {
        let settings = try settings()
        let precision = try precision.map { try Precision(option: $0) }
        let painter = try await Painter(folder: model)
        let library = try SpriteLibrary(folder: dataset)
        // Before the painting, which takes minutes.
        if let output { try writing { try makeFolder(output) } }
        let evaluator = Evaluator(library: library, configuration: settings)
        let size = library.recipe.pictureSize
        let request = try painter.resolved(
            PaintRequest(
                prompt: "", width: size, height: size, steps: steps, guidanceScale: guidance,
                precision: precision))
        Interruption.watch()
        let bar = ProgressBar()
        let showsBar = !quiet && isTerminal(2)
        let (findings, grid) = try await evaluator.run(
            batch: 1,
            onProgress: { done in
                if showsBar {
                    bar.draw("painting", done: done, total: evaluator.orderCount)
                }
            },
            paint: { orders in
                var pictures: [Picture] = []
                for order in orders {
                    if Interruption.requested.load(ordering: .relaxed) { throw Interrupted() }
                    var own = request
                    (own.prompt, own.seed) = (order.prompt, order.seed)
                    pictures.append(try await painter.paint(own).pictures[0].picture)
                }
                return pictures
            })
        if showsBar { bar.clear() }
        let report = findings.json(
            model: painter.folder.name, configuration: settings, settings: Self.json(request))
        if let output { try write(report, grid, to: output) }
        print(json ? report.encoded() : findings.table)
    }

    private func settings() throws -> EvaluationConfiguration {
        var settings = try EvaluationConfiguration(file: config)
        if let count {
            guard (1...100_000).contains(count) else {
                throw UsageError("--count \(count): 1 to 100000 is accepted")
            }
            settings.count = count
        }
        return settings
    }

    private func write(_ report: JSONValue, _ grid: Picture?, to folder: String) throws {
        try writing { try JSONFile.write(report, to: folder + "/evaluation.json") }
        try grid?.write(to: folder + "/grid.png")
    }

    private func writing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as FileError {
            throw OutputError("\(error)")
        }
    }

    /// How the pictures were painted, as far as the model's family uses it.
    private static func json(_ request: PaintRequest) -> [JSONMember] {
        let members: [(String, JSONValue?)] = [
            ("steps", request.steps.map { .integer($0) }),
            ("guidance_scale", request.guidanceScale.map { .number($0) }),
            ("sampler", request.sampler.map { .string($0.rawValue) }),
            ("precision", .string(request.precision!.rawValue)),
            ("width", .integer(request.width!)),
            ("height", .integer(request.height!)),
        ]
        return members.compactMap { name, value in value.map { JSONMember(name, $0) } }
    }
}
