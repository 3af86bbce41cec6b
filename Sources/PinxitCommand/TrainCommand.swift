import ArgumentParser
import PinxitPlatform
import PinxitTraining
import Synchronization

extension TrainingRun.Stage: ExpressibleByArgument {}

/// `pinxit train STAGE`: trains one part of a text-to-image model.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract:
            "Trains a tokenizer, CLIP, an autoencoder, a diffusion model, DALL·E, a GAN or an unCLIP.",
        discussion: """
            The stages build one model folder in the diffusers layout, in this order: tokenizer, \
            clip, autoencoder, diffusion; or, for DALL·E: tokenizer, tokens, dalle; or, \
            for a GAN, on a CLIP of its own folder: gan; or, for an unCLIP, on a CLIP in its folder clip: prior, and \
            unclip, best started from a diffusion model. A run that was stopped, however abruptly, goes on from its \
            last checkpoint when the same command is given again, and ends with the same weights to the \
            bit.
            """)

    @Argument(help: "tokenizer, clip, autoencoder, diffusion, tokens, dalle, gan, prior or unclip.")
    var stage: TrainingRun.Stage

    @Option(help: "The stage's configuration (default: Recipes/STAGE.json).")
    var config: String?

    @Option(help: "The folder that pinxit dataset wrote.")
    var dataset: String

    @Option(help: "The model folder: earlier stages are read from it, this one is written to it.")
    var model: String

    @Option(help: "Where checkpoints and logs are kept (default: MODEL.runs/STAGE).")
    var run: String?

    @Option(
        help: """
            Start from the weights of this model folder in place of random ones. A run that has a \
            checkpoint goes on from that.
            """)
    var startFrom: String?

    @Flag(help: "Go on from a checkpoint saved under another configuration.")
    var acceptChanges = false

    @Flag(help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var threads: ThreadArguments

    func run() async throws {
        var training = TrainingRun(
            stage: stage, configuration: config ?? Shelves.recipe("\(stage.rawValue).json"),
            dataset: dataset,
            model: model, folder: run ?? "\(model).runs/\(stage.rawValue)")
        training.startFrom = startFrom
        training.acceptingChanges = acceptChanges
        training.quiet = quiet
        Interruption.watch()
        signal(SIGTERM) { _ in Interruption.requested.store(true, ordering: .relaxed) }
        let run = training
        try await reportingErrors {
            try await threads.apply()
            let outcome = try await run.run { Interruption.requested.load(ordering: .relaxed) }
            guard outcome == .finished else { throw Interrupted() }
        }
    }
}
