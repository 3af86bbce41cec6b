import ArgumentParser
import FoundationEssentials
import Pinxit
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitPlatform

/// `pinxit evaluate MODEL` and `pinxit evaluate --all`: measures what models trained on composed
/// pictures have learnt.
struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a model: colours, counts, positions and objects it paints rightly.",
        discussion: """
            Paints fixed prompts with fixed seeds and compares each picture with renderings of \
            what was asked and of the same with one attribute changed: the nearest is what the \
            picture shows. Half of the combinations are ones no training picture has. Beside each \
            figure stand the chance level and what real pictures get. With an independent CLIP as \
            evaluator, R-precision and KID are measured besides. --all measures every painter in \
            Models and writes one page about all of them.
            """)

    @Argument(help: "The model's folder, or its name in Models.")
    var model: String?

    @Flag(help: "Measure every painter in Models, each with its own usual settings.")
    var all = false

    @Option(help: "With --all: these painters only, names or folders with commas between.")
    var models: String?

    @Option(help: "With --all: the folder for index.html, report.json, table.md and grid.png.")
    var report: String?

    @Option(help: "The folder that pinxit dataset wrote.")
    var dataset: String

    @Option(help: "The folder of a CLIP that no painter has learnt from.")
    var evaluator: String?

    @Option(help: "What to ask (default: Recipes/evaluation.json).")
    var config: String?

    @Option(name: [.short, .long], help: "The folder for evaluation.json and grid.png.")
    var output: String?

    @Option(help: "Pictures per attribute, trained and held out each (default: the config's).")
    var count: Int?

    @Option(RequestOptions.guidanceScale)
    var cfgScale: Double?

    @Option(RequestOptions.steps)
    var steps: Int?

    @Option(RequestOptions.precision)
    var precision: Precision?

    @Flag(help: "Print the report as JSON instead of a table.")
    var json = false

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            try checkOptions()
            if all { try await evaluateAll() } else { try await evaluateOne() }
        }
    }

    private func checkOptions() throws {
        guard !all else {
            if let model { throw UsageError("\(model): --all takes no model; --models names some") }
            guard report != nil else { throw UsageError("--all needs --report DIR") }
            for (name, isGiven) in [
                ("--steps", steps != nil), ("--cfg-scale", cfgScale != nil),
                ("--output", output != nil),
            ] where isGiven {
                throw UsageError("\(name) goes with one model, not with --all")
            }
            return
        }
        guard model != nil else { throw UsageError("which model? MODEL or --all is accepted") }
        for (name, value) in [("--models", models), ("--report", report)] where value != nil {
            throw UsageError("\(name) goes with --all")
        }
    }

    private func evaluateOne() async throws {
        let settings = try settings()
        let painter = try await Painter(
            folder: try ModelSearch.named(model!, by: "MODEL"))
        let library = try SpriteLibrary(folder: dataset)
        // Before the painting, which takes minutes.
        if let output { try writing { try makeFolder(output) } }
        let sitting = try Sitting(
            painter: painter,
            request: PaintRequest(
                prompt: "", guidanceScale: cfgScale, precision: precision,
                diffusion: DiffusionOptions(steps: steps)),
            quiet: quiet)
        let embedder = try await embedder([painter.folder])
        let evaluator = Evaluator(library: library, configuration: settings)
        let paintings = try await sitting.paintings(evaluator)
        let reference = try await evaluator.reference(
            size: paintings.items[0].width, embedder: embedder)
        let findings = try await evaluator.findings(paintings, reference)
        let report = findings.json(
            model: painter.folder.name, configuration: settings, settings: try sitting.settings)
        if let output {
            let grid = evaluator.grid(paintings, reference)
            // Of one model, whenever the command is stopped.
            try Unfinished.whole {
                try writing { try JSONFile.write(report, to: output + "/evaluation.json") }
                try grid?.write(to: output + "/grid.png")
            }
            noteMissingFont()
        }
        print(json ? report.encoded() : findings.table)
    }

    private func evaluateAll() async throws {
        let settings = try settings()
        let request = PaintRequest(
            prompt: "", precision: precision)
        // Everything that can be wrong is looked at before the painting, which takes minutes.
        let folders = try ModelSearch.painters(models)
        let library = try SpriteLibrary(folder: dataset)
        let output = report!
        try writing { try makeFolder(output) }
        var sittings: [Sitting] = []
        for folder in folders {
            sittings.append(
                try Sitting(
                    painter: try await Painter(folder: folder), request: request, quiet: quiet))
        }
        let embedder = try await embedder(sittings.map(\.painter.folder))
        let evaluator = Evaluator(library: library, configuration: settings)
        let reference = try await evaluator.reference(
            size: settings.commonSize, embedder: embedder)
        var models: [ModelReport] = []
        for sitting in sittings {
            models.append(try await sitting.report(evaluator, reference))
        }
        try write(
            Report(
                evaluator: evaluator, reference: reference,
                embedder: self.evaluator.map { $0.lastPathPart }, models: models), to: output)
    }

    private func write(_ report: Report, to folder: String) throws {
        let page = folder + "/index.html"
        let (text, grid) = (try report.html(), report.grid)
        try Unfinished.whole {
            try writing {
                try JSONFile.write(report.json, to: folder + "/report.json")
                try AtomicFile.write(text, to: page)
                try AtomicFile.write(report.markdown, to: folder + "/table.md")
            }
            try grid?.write(to: folder + "/grid.png")
        }
        noteMissingFont()
        print(json ? report.json.encoded() : report.table)
        if !quiet { note("the page: \(page)") }
    }

    private func noteMissingFont() {
        if !LabelFont.isFound { note("note: \(LabelFont.missing)") }
    }

    /// - Throws: `UsageError` where a painter holds the evaluator's own weights.
    private func embedder(_ painters: [ModelFolder]) async throws -> CLIPEmbedder? {
        guard let evaluator = try evaluator.map(ModelSearch.clip) else { return nil }
        let embedder = try await CLIPEmbedder(folder: evaluator)
        let own = try weightFiles(in: evaluator)
        for painter in painters {
            for file in try ModelFacts(painter).weights
            where try own.contains(where: { try haveEqualBytes($0, file) }) {
                throw UsageError(
                    "--evaluator \(evaluator): \(file) holds the same weights; a CLIP that no painter has learnt from is accepted"
                )
            }
        }
        return embedder
    }

    private func settings() throws -> EvaluationConfiguration {
        var settings = try EvaluationConfiguration(
            file: config ?? Shelves.recipe("evaluation.json"))
        if let count {
            guard (1...100_000).contains(count) else {
                throw UsageError("--count \(count): 1 to 100000 is accepted")
            }
            settings.count = count
        }
        return settings
    }

    private func writing(_ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as FileError {
            throw OutputError("\(error)")
        }
    }
}

/// The safetensors files of a folder.
private func weightFiles(in folder: String) throws -> [String] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return names.filter { $0.hasSuffix(".safetensors") }.map { "\(folder)/\($0)" }
}

private func haveEqualBytes(_ a: String, _ b: String) throws -> Bool {
    let (one, other) = (try MappedFile(path: a), try MappedFile(path: b))
    guard one.bytes.count == other.bytes.count else { return false }
    return one.withBytes { bytes in
        other.withBytes { memcmp(bytes.baseAddress!, $0.baseAddress!, bytes.count) == 0 }
    }
}
