import ArgumentParser
import Pinxit
import PinxitFiles

/// `pinxit prompt "a (red:1.3) apple"`: how a model reads a prompt.
struct PromptCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "prompt",
        abstract: "Tells how a model reads a prompt; nothing is painted.",
        discussion: """
            The texts it stands for step by step, their tokens in chunks with ids and weights, what \
            is left out, the words that are broken into pieces, and, for models trained here, those \
            they have never been shown.
            """)

    @Argument(help: "What would be painted.")
    var prompt: String

    @Option(
        name: [.short, .long],
        help: "The model's folder or single file, or its name in Models (default: as for paint).")
    var model: String?

    @Option(RequestOptions.steps)
    var steps: Int?

    @Option(help: "Decides what --wildcards choose (default: 0).")
    var seed: UInt32 = 0

    @OptionGroup var text: TextArguments
    @OptionGroup var wording: WordingArguments
    @OptionGroup var words: EmbeddingArguments

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        try await reportingErrors {
            let folder = try ModelFolder(try ModelSearch(option: model).folder())
            var request = PaintRequest(prompt: prompt, seed: seed)
            request.diffusion.steps = steps
            request.diffusion.text = text.options
            request = try wording.requests(request)[0]
            let taken = try LoRATag.taken(from: request.prompt)
            request.prompt = taken.prompt
            let explanation = try await PromptExplanation(
                request, folder, embeddings: try words.embeddings())
            if json {
                print(explanation.json(loras: taken.tags).encoded())
            } else {
                print(explanation.lines(loras: taken.tags).joined(separator: "\n"))
            }
        }
    }
}
