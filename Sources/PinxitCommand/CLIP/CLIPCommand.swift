import ArgumentParser
import PinxitCLIP
import PinxitCheckpoints
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import PinxitTensors

/// `pinxit clip`: how well pictures and texts fit.
struct CLIPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clip",
        abstract: "Compares pictures with texts: score, search, classify, evaluate.",
        discussion: """
            The model is a folder: one of pinxit train clip, or a public CLIP as transformers or \
            OpenCLIP publish it, with its tokenizer.json, or vocab.json and merges.txt.
            """,
        subcommands: [
            CLIPScoreCommand.self, CLIPSearchCommand.self, CLIPClassifyCommand.self,
            CLIPEvaluateCommand.self,
        ])
}

/// What the commands about single pictures share.
struct CLIPOptions: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: "The CLIP's folder, or its name in Models (default: pinxit-clip).")
    var model: String?

    @Flag(help: "Print JSON.")
    var json = false

    @OptionGroup var threads: ThreadArguments
    @OptionGroup var pictures: PictureArguments

    /// The model's folder and the model. What it cannot see of the texts is said.
    func load(reading texts: [String]) async throws -> (folder: String, clip: CLIP) {
        try await threads.apply()
        let folder = try ModelSearch.clip(model, by: "--model")
        let options = LoadOptions()
        let clip = try await Engine.run { try CLIP(folder: folder, options) }
        for text in options.notes.all + texts.compactMap(clip.tokenizer.warningOfCut) {
            note("note: \(text)")
        }
        return (folder, clip)
    }

    /// The figures of a model, if they are some.
    ///
    /// - Throws: `NotFiniteMeasure` naming the model's folder.
    func checked(_ figures: [Float], of folder: String) throws -> [Float] {
        guard figures.allSatisfy(\.isFinite) else {
            throw NotFiniteMeasure("similarity", cause: "what \(folder) gives")
        }
        return figures
    }

    /// Prints a result as JSON, or its lines.
    func show(_ value: @autoclosure () -> JSONValue, _ lines: @autoclosure () -> [String]) {
        if json {
            print(value().encoded())
        } else {
            for line in lines() { print(line) }
        }
    }
}

/// A similarity or a probability, to three digits after the point.
func thousandths(_ value: Float) -> String {
    let filled = zeroPadded(Int((abs(value) * 1000).rounded()), 4)
    return "\(value < 0 ? "-" : " ")\(filled.dropLast(3)).\(filled.suffix(3))"
}
