import ArgumentParser
import Pinxit
import PinxitImages

/// `pinxit blend A B`: pictures between two.
struct BlendCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "blend",
        abstract: "Paints pictures between two pictures and prints their paths.",
        discussion: """
            What CLIP sees in the one is turned step by step into what it sees in the other, and so \
            is the noise that each would be made of. An unCLIP model is needed.
            """)

    @Argument(help: "A PNG, JPEG, WebP, GIF or BMP file.")
    var first: String

    @Argument(help: "Another.")
    var second: String

    @Option(
        name: [.short, .long],
        help: "Pictures to paint, from the first to the second (default: 5).")
    var count: Int?

    @Option(help: "The second picture's share in each, such as 0.25,0.5, in place of even ones.")
    var weights: String?

    @OptionGroup var seen: SeenPictureArguments
    @OptionGroup var pictures: PictureArguments
    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments
    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            let source = PaintSource.blend(
                try pictures.read(first), try pictures.read(second), at: try places(),
                noiseLevel: seen.noiseLevel, amount: seen.amount)
            try await PaintRun(
                request: try arguments.request(prompt: seen.prompt, source: source),
                model: model, output: output, usualOutput: OutputPattern.usualOfSeveral
            ).run()
        }
    }

    /// Where between the pictures to paint.
    private func places() throws -> [Double] {
        guard let weights else {
            let count = count ?? 5
            guard RequestOptions.counts.contains(count) else {
                throw UsageError("--count \(count): 1 to 10000 is accepted")
            }
            return count == 1 ? [0.5] : (0..<count).map { Double($0) / Double(count - 1) }
        }
        guard count == nil else {
            throw UsageError("--count is not for --weights, which say how many pictures there are")
        }
        return try weights.split(separator: ",", omittingEmptySubsequences: false).map {
            guard let weight = Double($0), (0...1).contains(weight) else {
                throw UsageError(
                    "--weights \(weights): numbers from 0 to 1 with commas are accepted")
            }
            return weight
        }
    }
}
