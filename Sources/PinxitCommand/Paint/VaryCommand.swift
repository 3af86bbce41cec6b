import ArgumentParser
import Pinxit
import PinxitImages

/// `pinxit vary PICTURE`: other pictures of the same.
struct VaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vary",
        abstract: "Paints variations of a picture and prints their paths.",
        discussion: """
            The model is told what CLIP sees in the picture, and begins with noise that lies between \
            the one it would make the picture of and new noise, so what stays is what the picture \
            shows, and with a small --amount where. An unCLIP model is needed.
            """)

    @Argument(help: "A PNG, JPEG, WebP, GIF or BMP file.")
    var picture: String

    @Option(name: [.short, .long], help: "Variations to paint.")
    var count = 4

    @OptionGroup var seen: SeenPictureArguments
    @OptionGroup var pictures: PictureArguments
    @OptionGroup var model: ModelArguments
    @OptionGroup var arguments: RequestArguments
    @OptionGroup var output: OutputArguments

    func run() async throws {
        try await reportingErrors {
            let source = PaintSource.variation(
                try pictures.read(picture), noiseLevel: seen.noiseLevel, amount: seen.amount)
            try await PaintRun(
                request: try arguments.request(
                    prompt: seen.prompt, source: source, count: count),
                model: model, output: output, usualOutput: OutputPattern.usualOfSeveral
            ).run()
        }
    }
}

/// What commands that paint from what CLIP sees in pictures have in common.
struct SeenPictureArguments: ParsableArguments {
    @Option(help: "Words beside the picture.")
    var prompt = ""

    @Option(
        help: """
            How far to leave the picture, 0 to 1: 0 is the picture or the way between two itself, 1 \
            keeps nothing but what CLIP sees (default: the model's).
            """)
    var amount: Double?

    @Option(help: "Noise on what is seen of the picture, 0-999: the more, the freer.")
    var noiseLevel = 0
}
