import ArgumentParser
import PinxitCLIP
import PinxitDatasets
import PinxitEvaluation
import PinxitFiles
import PinxitTensors

/// `pinxit clip evaluate MODEL`: held-out retrieval.
struct CLIPEvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measures a CLIP: retrieval among pictures and captions it has not learnt.",
        discussion: """
            Every picture has a combination that no training picture has. Of all captions the \
            right one, or of all pictures one with that caption, should be among the first 1, 5 \
            or 10. Beside the model's share stand those of a bag of words (ridge regression from \
            word counts to a coarse grid of colours) and of chance.
            """)

    @Argument(help: "The CLIP's folder, or its name in Models.")
    var model: String

    @Option(help: "The folder that pinxit dataset wrote.")
    var dataset: String

    @Option(help: "Pictures, and so captions.")
    var count = 1000

    @Option(help: "Decides which pictures.")
    var seed: UInt64 = 1

    @Flag(help: "Print the report as JSON instead of a table.")
    var json = false

    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        try await reportingErrors {
            try await threads.apply()
            // Each is compared with each.
            guard (2...5000).contains(count) else {
                throw UsageError("--count \(count): 2 to 5000 is accepted")
            }
            let folder = try ModelSearch.clip(model, by: "MODEL")
            let clip = try await Engine.run { try CLIP(folder: folder) }
            let library = try SpriteLibrary(folder: dataset)
            let retrieval = CaptionRetrieval(library: library, count: count, seed: seed)
            let report = try await Engine.run { try retrieval.run(clip) }
            print(json ? report.json(model: folder.lastPathPart).encoded() : report.table)
        }
    }
}
