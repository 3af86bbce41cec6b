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
    var prompts: [String] = []

    @Option(
        name: [.short, .long], parsing: .unconditional,
        help: "What to paint, in place of the argument.")
    var prompt: String?

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

    /// What users of other programs type, and what is not there.
    @Option(name: [.short, .customLong("init-img")], help: .hidden)
    var initImg: String?

    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            try await PaintRun(
                request: try request(), model: model, output: output,
                usualOutput: OutputPattern.usual
            ).run()
        }
    }

    /// The sentences to paint.
    ///
    /// Not in `validate()`, which comes before options that are unknown are named.
    private func sentences() throws -> [String] {
        if let initImg {
            throw UsageError(
                "-i \(initImg): there is no image to image; "
                    + "pinxit vary \(initImg) paints variations of a picture")
        }
        let given = try given()
        guard interpolate else {
            guard given.count == 1 else {
                throw UsageError(
                    "one sentence is painted, not \(given.count): put it in quotes, "
                        + "or use --interpolate")
            }
            return given
        }
        guard given.count > 1 else {
            throw UsageError("--interpolate takes two sentences or more")
        }
        return given
    }

    /// What was given to paint; words without quotes that are plainly one sentence are one.
    private func given() throws -> [String] {
        if let prompt {
            guard prompts.isEmpty else {
                throw UsageError(
                    "--prompt is given and \"\(prompts[0])\" too; one of them is accepted")
            }
            return [prompt]
        }
        guard !prompts.isEmpty else {
            throw UsageError("what shall it paint? pinxit \"a red apple\" is accepted")
        }
        return interpolate ? prompts : oneSentence(prompts).map { [$0] } ?? prompts
    }

    private func request() throws -> PaintRequest {
        let sentences = try sentences()
        var request = try arguments.request(
            prompt: sentences[0],
            source: interpolate
                ? .interpolation(Array(sentences.dropFirst()), frames: frames) : .text,
            count: count)
        request.tokens = try tokens.options()
        request.gan.truncation = truncation
        return request
    }
}
