import ArgumentParser
import PinxitCLIP
import PinxitFiles
import PinxitImages
import PinxitTensors

/// `pinxit clip classify PICTURE LABEL…`: which label a picture has.
struct CLIPClassifyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "classify", abstract: "Says which of some labels a picture has.",
        discussion: "Prints each label's probability, the likeliest first.")

    @Argument(help: "A PNG, JPEG, WebP, GIF or BMP file.")
    var picture: String

    @Argument(help: "Two or more labels.")
    var labels: [String] = []

    @Option(help: "The sentence a label is put into, at the braces, such as \"a photo of a {}\".")
    var template = "{}"

    @OptionGroup var options: CLIPOptions

    func run() async throws {
        try await reportingErrors {
            guard labels.count > 1 else {
                throw UsageError("\(labels.count) labels: two or more are accepted")
            }
            guard template.contains("{}") else {
                throw UsageError("--template \(template): a sentence with {} is accepted")
            }
            let pixels = try options.pictures.read(picture)
            let texts = labels.map { template.replacing("{}", with: $0) }
            let (folder, clip) = try await options.load(reading: texts)
            let (scores, shares) = await Engine.run {
                let scores = clip.similarities(pictures: [pixels], texts: texts)[0]
                return (scores, clip.probabilities(scores))
            }
            _ = try options.checked(scores + shares, of: folder)
            let order = labels.indices.sorted { (shares[$0], $1) > (shares[$1], $0) }
            options.show(
                [
                    "model": .string(folder), "picture": .string(picture),
                    "labels": .array(
                        order.map {
                            [
                                "label": .string(labels[$0]),
                                "probability": .number(Double(shares[$0])),
                                "similarity": .number(Double(scores[$0])),
                            ]
                        }),
                ], order.map { "\(thousandths(shares[$0]))  \(labels[$0])" })
        }
    }
}
