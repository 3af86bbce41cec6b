import ArgumentParser
import Pinxit
import PinxitFiles
import PinxitStableDiffusion
import PinxitTokenizers

/// `pinxit models merge`: a model moved towards another, or by what another has learnt.
struct ModelsMergeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Moves a Stable Diffusion towards another, or by what another has learnt.",
        discussion: """
            MODEL + SCALE x (OTHER - MODEL), which other programs call a weighted sum; with \
            --since BASE it is MODEL + SCALE x (OTHER - BASE), which they call add difference: \
            what OTHER has learnt since it was BASE, such as painting in four steps, is given to \
            MODEL. Computed in f32. Configurations, tokenizer and schedule are MODEL's. OUTPUT \
            is a folder, or one file where its name ends in .safetensors; nothing is replaced.
            """)

    @Argument(help: "A model's folder, single file or name.")
    var model: String

    @Argument(help: "The model it is merged with, of the same kind.")
    var other: String

    @Argument(help: "The folder or .safetensors file to write.")
    var output: String

    @Option(help: "The model that OTHER was trained from.")
    var since: String?

    @Option(help: "How far (default: 0.5; 1 with --since).")
    var scale: Float?

    @Option(
        help: "The components that are merged, with commas between (default: all that both have).")
    var parts: String?

    @Option(help: "f32, f16 or bf16.")
    var type = "f16"

    func run() async throws {
        try await reportingErrors {
            let output = try ConversionOutput(output, type: type)
            let names = try parsedParts()
            let scale = scale ?? (since == nil ? 0.5 : 1)
            guard scale.isFinite, abs(scale) <= 10 else {
                throw UsageError("--scale \(scale): -10 to 10 is accepted")
            }
            let own = try stableDiffusion(model, by: "MODEL")
            let other = try stableDiffusion(other, by: "OTHER")
            for name in names.sorted() where parts != nil {
                for model in [own, other] where !model.source.has(name) {
                    throw UsageError("--parts \(name): \(model.path) has none")
                }
            }
            let merge = ModelMerge(
                other.source,
                since: try since.map { try stableDiffusion($0, by: "--since").source },
                scale: scale, names: names)
            try await output.write(own, merge: merge, words: Self.joined(own.words, other.words))
        }
    }

    /// The words of both; nil where one of the two does not say.
    private static func joined(_ own: LearntWords?, _ other: LearntWords?) -> LearntWords? {
        guard var words = own, let other else { return nil }
        words.add(other)
        return words
    }

    private func parsedParts() throws -> Set<String> {
        guard let parts else { return Set(ModelConversion.names) }
        let names = parts.split(separator: ",").map(String.init)
        guard !names.isEmpty, names.allSatisfy(ModelConversion.names.contains) else {
            throw UsageError(
                "--parts \(parts): \(ModelConversion.names.joined(separator: ", ")) are accepted, "
                    + "with commas between")
        }
        return Set(names)
    }
}
