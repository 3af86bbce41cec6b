import ArgumentParser
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors

extension ModelBenchmark.StageName: ExpressibleByArgument {}

/// `pinxit bench model`: where the time of a model goes.
struct BenchModelCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "model",
        abstract: "Times text, guided steps and decoding of a model, by class of operation.",
        discussion: """
            Seconds of a stage are the median of its runs; those of the classes come from one more \
            run, in which every operation is timed. Shares of the peak are of the largest rate of \
            matrix products or of copying, measured in the same run. The first step is one for \
            which no weight is packed yet and the system has to give all memory anew.
            """)

    @Option(
        name: [.short, .long],
        help: "The model's folder, or its name in Models (default: $PINXIT_MODEL, or pinxit-small)."
    )
    var model: String?

    @Option(help: "WIDTHxHEIGHT in pixels (default: the model's).")
    var size: String?

    @Option(RequestOptions.precision)
    var precision: Precision?

    @Flag(help: "Keep the weights in their files, as pinxit paint --low-memory does.")
    var lowMemory = false

    @Option(help: "Pictures that go through each stage together.")
    var together = 1

    @Option(help: "Timed runs of each stage.")
    var runs = 5

    @Option(help: "Only this stage: text, first, step or decoding.")
    var stage: ModelBenchmark.StageName?

    @Option(
        help: "Also write every operation as a trace that chrome://tracing and Perfetto show.")
    var trace: String?

    @Flag(help: "Print one JSON object instead of tables.")
    var json = false

    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            guard runs > 0 else { throw UsageError("--runs \(runs): at least 1 is accepted") }
            guard (1...64).contains(together) else {
                throw UsageError("--together \(together): 1 to 64 is accepted")
            }
            let size = try parsedSize(size)
            let precision = precision ?? .usual
            let peak = await Engine.run { MachinePeak(precision == .f32 ? .f32 : .compute) }
            let started = ContinuousClock.now
            let model = try await load()
            let loading = (ContinuousClock.now - started) / .seconds(1)
            let (width, height) = (
                size?.width ?? model.usualSide, size?.height ?? model.usualSide
            )
            guard width % model.scale == 0, height % model.scale == 0 else {
                throw UsageError(
                    "--size \(width)x\(height): multiples of \(model.scale) are accepted")
            }
            if !json { print("\(precision.rawValue): \(peak)\nloading \(decimal(loading, 2)) s") }
            let benchmark = ModelBenchmark(
                width: width, height: height, type: precision.type,
                isQuantised: precision == .int8, runs: runs, together: together,
                stages: stage.map { [$0] } ?? ModelBenchmark.StageName.allCases)
            let printing = !json
            let stages = try await Engine.run {
                try benchmark.run(model) { if printing { print($0.table(peak)) } }
            }
            if json {
                print(
                    ([
                        "precision": .string(precision.rawValue), "loading": .number(loading),
                        "peak": peak.json, "stages": .array(stages.map { $0.json(peak) }),
                        "peak_memory": .integer(peakMemory()),
                    ] as JSONValue).encoded())
            } else {
                print("\npeak memory \(peakMemory() >> 20) MiB")
            }
            if let trace { try writeTrace(stages, to: trace) }
        }
    }

    /// - Throws: `PaintError.model` for a model of another kind.
    private func load() async throws -> LatentDiffusion {
        let folder = try ModelFolder(try ModelSearch(option: model).folder())
        guard folder.pipeline.isStableDiffusion else {
            throw PaintError.model(path: folder.path, problem: "is no latent diffusion model")
        }
        let options = LoadOptions(isStreamed: lowMemory)
        return try await Engine.run { try LatentDiffusion(folder.source, options) }
    }

    /// The trace event format of Chrome: one thread a stage, times in microseconds.
    private func writeTrace(_ stages: [ModelBenchmark.Stage], to path: String) throws {
        let events = stages.enumerated().flatMap { thread, stage in
            stage.profile.events.map { event -> JSONValue in
                [
                    "name": .string(event.label), "cat": .string(event.kind.rawValue), "ph": "X",
                    "pid": 1, "tid": .integer(thread), "ts": .number(event.start * 1e6),
                    "dur": .number(event.seconds * 1e6),
                    "args": [
                        "shape": .string("\(event.shape)"), "flop": .integer(event.flop),
                        "bytes": .integer(event.bytes),
                    ],
                ]
            }
        }
        try makeFolder(path.parentPath)
        try writing { try JSONFile.write(["traceEvents": .array(events)], to: path) }
    }
}

extension ModelBenchmark.Stage {
    private var flop: Int { profile.events.reduce(0) { $0 + $1.flop } }

    /// The stage's line, and one for each class of operation.
    func table(_ peak: MachinePeak) -> String {
        let whole = profile.events.reduce(0) { $0 + $1.seconds }
        let rate = Double(flop) / seconds / 1e9
        var lines = [
            "",
            "\(name): \(decimal(seconds * 1e3, 1)) ms, \(decimal(Double(flop) / 1e9, 1)) GFLOP, "
                + "\(decimal(rate, 0)) GFLOP/s, \(decimal(rate / peak.gigaflops * 100, 0)) % of the "
                + "peak; tensors \(tensorBytes >> 20) MiB",
        ]
        for row in profile.rows where row.seconds > 0.0005 * whole {
            let speed =
                row.flop > 0
                ? "\(decimal(Double(row.flop) / row.seconds / 1e9, 0)) GFLOP/s".padded(-14)
                    + "\(decimal(Double(row.flop) / row.seconds / 1e7 / peak.gigaflops, 0)) %"
                    .padded(-6)
                : "\(decimal(Double(row.bytes) / row.seconds / 1e9, 1)) GB/s".padded(-14)
                    + "\(decimal(Double(row.bytes) / row.seconds / 1e7 / peak.gigabytes, 0)) %"
                    .padded(-6)
            lines.append(
                "  " + row.kind.rawValue.padded(20) + "\(row.count)".padded(-5)
                    + "\(decimal(row.seconds * 1e3, 1)) ms".padded(-12)
                    + "\(decimal(row.seconds / whole * 100, 1)) %".padded(-9) + speed)
        }
        return lines.joined(separator: "\n")
    }

    func json(_ peak: MachinePeak) -> JSONValue {
        [
            "stage": .string(name), "seconds": .number(seconds), "flop": .integer(flop),
            "share_of_peak": .number(Double(flop) / seconds / 1e9 / peak.gigaflops),
            "tensor_bytes": .integer(tensorBytes),
            "operations": .array(
                profile.rows.map { row in
                    [
                        "class": .string(row.kind.rawValue), "count": .integer(row.count),
                        "seconds": .number(row.seconds), "flop": .integer(row.flop),
                        "bytes": .integer(row.bytes),
                    ]
                }),
        ]
    }
}
