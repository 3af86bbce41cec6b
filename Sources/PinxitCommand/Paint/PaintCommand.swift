import ArgumentParser
import Pinxit

/// `pinxit "a red apple"`: paints pictures.
struct PaintCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "paint",
        abstract: "Paints what a sentence says and prints the paths of the pictures.",
        discussion: """
            The settings are kept in each PNG file: as the text "parameters" that other programs \
            read, and exactly, as JSON, under "pinxit".
            """)

    @Argument(help: "What to paint; with --interpolate two sentences or more.")
    var prompts: [String]

    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments

    @Option(name: [.short, .long], help: "Pictures to paint.")
    var count = 1

    @OptionGroup(title: "Models that draw tokens (DALL·E)")
    var tokens: TokenArguments

    @Option(RequestOptions.truncation)
    var truncation: Double?

    @Flag(help: "Paint the way from sentence to sentence with a GAN, as an animated PNG.")
    var interpolate = false

    @Option(help: "Frames of --interpolate from one sentence to the next.")
    var frames = 24

    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            try await PaintRun(
                request: try request(), model: model, output: output,
                usualOutput: OutputPattern.usual
            ).run()
        }
    }

    /// Not in `validate()`, which comes before options that are unknown are named.
    private func checkPrompts() throws {
        guard prompts.count == 1 || interpolate else {
            throw UsageError(
                "one sentence is painted, not \(prompts.count): put it in quotes, "
                    + "or use --interpolate")
        }
        guard !interpolate || prompts.count > 1 else {
            throw UsageError("--interpolate takes two sentences or more")
        }
    }

    private func request() throws -> PaintRequest {
        try checkPrompts()
        var request = try arguments.request(
            prompt: prompts[0],
            source: interpolate
                ? .interpolation(Array(prompts.dropFirst()), frames: frames) : .text,
            count: count)
        request.tokens = try tokens.options()
        request.gan.truncation = truncation
        return request
    }
}
