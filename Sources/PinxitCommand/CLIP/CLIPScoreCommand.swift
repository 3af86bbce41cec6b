import ArgumentParser
import PinxitCLIP
import PinxitFiles
import PinxitImages
import PinxitTensors

/// `pinxit clip score PICTURE TEXT…`: how well texts fit a picture.
struct CLIPScoreCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "score", abstract: "Says how well each text fits a picture.",
        discussion: """
            The figure is the cosine of the angle between the picture's and the text's places: 1 \
            at best. Compare figures of one model only.
            """)

    @Argument(help: "A PNG, JPEG, WebP, GIF or BMP file.")
    var picture: String

    @Argument(help: "One or more texts.")
    var texts: [String] = []

    @OptionGroup var options: CLIPOptions

    func run() async throws {
        try await reportingErrors {
            guard !texts.isEmpty else { throw UsageError("no text: one or more are accepted") }
            let pixels = try options.pictures.read(picture)
            let (folder, clip) = try await options.load(reading: texts)
            let texts = texts
            let figures = await Engine.run {
                clip.similarities(pictures: [pixels], texts: texts)[0] + [clip.scale]
            }
            let scores = try options.checked(figures, of: folder).dropLast()
            options.show(
                [
                    "model": .string(folder), "picture": .string(picture),
                    "scale": .number(Double(figures[scores.count])),
                    "scores": .array(
                        zip(texts, scores).map {
                            ["text": .string($0), "similarity": .number(Double($1))]
                        }),
                ], zip(texts, scores).map { "\(thousandths($1))  \($0)" })
        }
    }
}
