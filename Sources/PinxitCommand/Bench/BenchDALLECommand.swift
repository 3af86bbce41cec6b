import ArgumentParser
import PinxitDALLE
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// `pinxit bench dalle`: the pace of drawing picture tokens.
struct BenchDALLECommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dalle",
        abstract: "Times drawing of picture tokens, in f32 and bf16.",
        discussion: """
            The transformer is that of Recipes/dalle.json, with random weights: 32 text tokens, 64 picture \
            tokens of 4,375 codes. Rates are picture tokens per second of the best run; \
            Benchmarks/dalle_torch.py times the same in PyTorch.
            """)

    @Option(parsing: .upToNextOption, help: "Pictures drawn at once.")
    var batches = [1, 16]

    @Option(help: "Runs of each batch and type.")
    var runs = 20

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            guard runs > 0 else { throw UsageError("--runs \(runs): at least 1 is accepted") }
            guard batches.allSatisfy({ (1...1024).contains($0) }) else {
                throw UsageError("--batches: numbers from 1 to 1024 are accepted")
            }
            var rows: [JSONValue] = []
            for type in [ElementType.f32, .bf16] where type == .f32 || ElementType.compute == .bf16
            {
                for batch in batches {
                    let runs = runs
                    let rate = await Engine.run { Self.rate(batch: batch, type, runs: runs) }
                    if !json { print("\(type)  batch \(batch)  \(decimal(rate, 0)) tokens/s") }
                    rows.append([
                        "type": .string("\(type)"), "batch": .integer(batch),
                        "tokens_per_second": .number((rate * 10).rounded() / 10),
                    ])
                }
            }
            if json { print(JSONValue.array(rows).encoded()) }
        }
    }

    /// Tokens per second of the best run, after one that packs the weights.
    private static func rate(batch: Int, _ type: ElementType, runs: Int) -> Double {
        let configuration = TokenTransformerConfiguration(
            textVocabulary: 2048, textLength: 32, pictureVocabulary: 4375, side: 8)
        let model = TokenTransformer(
            ParameterStore(seed: 1, tracked: false).root, configuration)
        var random = (0..<batch).map { SplitMix64(seed: 2, index: $0) }
        let captions = (0..<batch).map { i in (0..<32).map { Int32(($0 * 37 + i) % 2048) } }
        let times = (0...runs).map { _ in
            let start = ContinuousClock.now
            _ = model.draw(
                captions: captions, empty: captions[0], TokenDrawing(type: type), random: &random
            ) { _, _ in }
            return (ContinuousClock.now - start) / .seconds(1)
        }
        return Double(batch * configuration.pictureLength) / times.dropFirst().min()!
    }
}
