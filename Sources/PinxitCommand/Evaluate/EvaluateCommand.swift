import ArgumentParser
import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages

/// `pinxit evaluate MODEL` and `pinxit evaluate --all`: measures what models have learnt, of
/// composed pictures or of anybody's.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract:
            "Measures a model: what it paints rightly, how near to real pictures, what it copies.",
        discussion: """
            Of a data set of pinxit dataset: Paints fixed prompts with fixed seeds and compares \
            each picture with renderings of what was asked and of the same with one attribute \
            changed: the nearest is what the picture shows. Half of the combinations are ones no \
            training picture has. Beside each figure stand the chance level and what real pictures \
            get. Prompts painted in both languages say how far these differ, and a model that \
            varies and blends pictures is asked what of them comes back. With an independent CLIP \
            as evaluator, R-precision and KID are measured besides. --all measures every painter \
            in Models and writes one page about all of them.

            Of a folder of captioned pictures, as pinxit train takes them: Paints the captions of \
            pictures that training held out, and measures by an independent CLIP (--evaluator) how \
            well pictures fit their captions, how far they lie from real ones (KID), whether \
            training pictures were copied, and how much seeds differ; each beside what real \
            pictures get. What there are too few pictures for is said, not guessed.
            """)

    @Argument(help: "The model's folder, or its name in Models.")
    var model: String?

    @Flag(help: "Measure every painter in Models, each with its own usual settings.")
    var all = false

    @Option(help: "With --all: these painters only, names or folders with commas between.")
    var models: String?

    @Option(help: "With --all: the folder for index.html, report.json, table.md and grid.png.")
    var report: String?

    @Option(help: "The folder that pinxit dataset wrote, or one of captioned pictures.")
    var dataset: String

    @Option(
        name: [.long, .customLong("clip")],
        help: "The folder of a CLIP that no painter has learnt from.")
    var evaluator: String?

    @Option(
        help: """
            Of captioned pictures: the folder that the model learnt from, where all of --dataset was \
            kept from it (default: a tenth of --dataset, as training holds it out).
            """)
    var trainedOn: String?

    @Option(help: "What to ask (default: Recipes/evaluation.json).")
    var config: String?

    @Option(
        name: [.short, .long],
        help: "The folder for evaluation.json, grid.png, worst.png and nearest.png.")
    var output: String?

    @Option(
        help: """
            Pictures per attribute, trained and held out each; of a folder, captions that are painted \
            (default: the config's).
            """)
    var count: Int?

    @Flag(
        help: """
            Fewer prompts, as many of each attribute as the config's count says, each in one language.
            """)
    var short = false

    @Flag(
        help: """
            Print the prompts that are asked of a data set, with their seeds, and paint nothing: to \
            be kept before a model is trained.
            """)
    var listPrompts = false

    @Option(
        help: """
            Ask for every thing of the data set so many times instead, and tell which it paints; \
            --output gets things.json and things.png.
            """)
    var things: Int?

    @Option(
        help: """
            With --things: the model's words.json keeps the things that are told among ten in this \
            share of their pictures, such as 0.75, and loses the words that only others need.
            """)
    var keepWords: Double?

    @Option(RequestOptions.guidanceScale)
    var cfgScale: Double?

    @Option(RequestOptions.guidanceInterval)
    var cfgInterval: ClosedRange<Double>?

    @Option(RequestOptions.steps)
    var steps: Int?

    @Option(RequestOptions.precision)
    var precision: Precision?

    @Flag(help: "Print the report as JSON instead of a table.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var loras: LoRAArguments

    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            try checkOptions()
            if listPrompts {
                let library = try SpriteLibrary(folder: dataset)
                let settings = try settings()
                let asked = Evaluator(library: library, configuration: settings).questionnaire
                print(
                    asked.listing(Captions(library.vocabulary), seed: settings.seed),
                    terminator: "")
            } else if all {
                try await evaluateAll()
            } else if PictureFolder.isMeant(by: dataset) {
                try await evaluateFolder()
            } else if let things {
                try await evaluateThings(things)
            } else {
                try await evaluateOne()
            }
        }
    }

    private func checkOptions() throws {
        guard fileExists(dataset) else {
            throw MissingInput(
                "--dataset \(dataset): is missing; accepted: what pinxit dataset wrote, or a folder "
                    + "of captioned pictures")
        }
        for (name, isGiven) in [("--short", short), ("--list-prompts", listPrompts)]
        where isGiven && PictureFolder.isMeant(by: dataset) {
            throw UsageError("\(name) goes with a data set that pinxit dataset wrote")
        }
        try checkThings()
        if listPrompts {
            guard model == nil, !all else {
                throw UsageError("--list-prompts paints nothing; it takes no MODEL and no --all")
            }
            for (name, isGiven) in [
                ("--models", models != nil), ("--report", report != nil),
                ("--evaluator", evaluator != nil), ("--trained-on", trainedOn != nil),
                ("--output", output != nil), ("--json", json),
            ] + onePaintersOptions where isGiven {
                throw UsageError("\(name) does not go with --list-prompts, which prints a table")
            }
            return
        }
        guard !all else {
            if let model { throw UsageError("\(model): --all takes no model; --models names some") }
            guard report != nil else { throw UsageError("--all needs --report DIR") }
            for (name, isGiven) in [
                ("--output", output != nil), ("--trained-on", trainedOn != nil),
            ] + onePaintersOptions where isGiven {
                throw UsageError("\(name) goes with one model, not with --all")
            }
            guard !PictureFolder.isMeant(by: dataset) else {
                throw UsageError(
                    "--dataset \(dataset): --all needs a data set that pinxit dataset wrote; of a "
                        + "folder of pictures one MODEL is measured")
            }
            return
        }
        if trainedOn != nil, !PictureFolder.isMeant(by: dataset) {
            throw UsageError("--trained-on goes with a folder of pictures in --dataset")
        }
        guard model != nil else { throw UsageError("which model? MODEL or --all is accepted") }
        for (name, value) in [("--models", models), ("--report", report)] where value != nil {
            throw UsageError("\(name) goes with --all")
        }
    }

    /// Those of how one model paints.
    private var onePaintersOptions: [(String, Bool)] {
        [
            ("--steps", steps != nil), ("--cfg-scale", cfgScale != nil),
            ("--cfg-interval", cfgInterval != nil), ("--lora", !loras.lora.isEmpty),
            ("--embedding", !loras.words.embedding.isEmpty),
        ]
    }

    private func evaluateOne() async throws {
        let settings = try settings()
        let painter = try await painter()
        let library = try SpriteLibrary(folder: dataset)
        // Before the painting, which takes minutes.
        try makeOutput()
        let sitting = try sitting(painter)
        let embedder = try await embedder([painter.folder])
        let evaluator = Evaluator(library: library, configuration: settings)
        let paintings = try await sitting.paintings(evaluator)
        let reference = try await evaluator.reference(
            size: paintings.items[0].width, embedder: embedder)
        let findings = try await evaluator.findings(paintings, reference)
        let report = findings.json(
            model: painter.folder.name, library: library, configuration: settings,
            settings: try sitting.settings)
        try tell(report, table: findings.table) {
            [
                ("grid.png", evaluator.grid(paintings, reference)),
                ("worst.png", evaluator.worstSheet(paintings, findings, reference)),
                ("nearest.png", evaluator.nearestSheet(paintings, findings, reference)),
            ]
        }
    }

    func painter() async throws -> Painter {
        guard let model else { throw UsageError("which model? MODEL is accepted") }
        return try await Painter(
            folder: try ModelSearch.named(model, by: "MODEL"), loras: try loras.given(),
            embeddings: try loras.words.embeddings(), allowsPartialLoRAs: loras.loraPartial)
    }

    func sitting(_ painter: Painter) throws -> Sitting {
        try Sitting(
            painter: painter,
            request: PaintRequest(
                prompt: "", guidanceScale: cfgScale, precision: precision,
                diffusion: DiffusionOptions(steps: steps, guidanceInterval: cfgInterval)),
            quiet: quiet)
    }
}
