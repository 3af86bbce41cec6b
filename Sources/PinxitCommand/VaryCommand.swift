import ArgumentParser
import Pinxit
import PinxitImages

/// `pinxit vary PICTURE`: other pictures of the same.
struct VaryCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vary",
        abstract: "Paints variations of a picture and prints their paths.",
        discussion: """
            What CLIP sees in the picture is all the model is told, so what stays is what the picture \
            shows, and what changes is how. An unCLIP model is needed.
            """)

    @Argument(help: "A PNG or JPEG file.")
    var picture: String

    @Option(name: [.short, .customShort("n"), .long], help: "Variations to paint.")
    var count = 4

    @OptionGroup var options: PictureOptions

    func run() async throws {
        try await reportingErrors {
            let source = try Picture(file: picture)
            let (level, isDumped) = (options.noiseLevel, options.dumpLatents != nil)
            try await options.paint(count: count) { painter, request, onProgress in
                try await painter.vary(
                    source, request, noiseLevel: level, keepingTensors: isDumped,
                    onProgress: onProgress)
            }
        }
    }
}
