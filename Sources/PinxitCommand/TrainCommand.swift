import ArgumentParser
import PinxitDatasets
import PinxitFiles
import PinxitTraining

/// `pinxit train STAGE`: trains one part of a text-to-image model.
struct TrainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract:
            "Trains a tokenizer, CLIP, an autoencoder, a diffusion model, DALL·E, a GAN or an unCLIP.",
        discussion: """
            The stages build one model folder in the diffusers layout, in this order: tokenizer, \
            clip, autoencoder, diffusion; or, for DALL·E: tokenizer, tokens, dalle; or, for a GAN, \
            on a CLIP of its own folder: gan; or, for an unCLIP, on a CLIP in its folder clip: \
            prior, and unclip, best started from a diffusion model. distillation makes of a \
            diffusion model one that paints in four steps, in a folder of its own: --set \
            task.teacher=MODEL. A run that was stopped, however abruptly, goes on from its last \
            checkpoint when the same command is given again, and ends with the same weights to the \
            bit.

            lora teaches a finished Stable Diffusion something new from a few pictures: pinxit train \
            lora --model MODEL --dataset FOLDER -o FILE.safetensors. inversion teaches it a word: \
            --set task.word=sks-dog --set task.initial_word=dog. finetune changes all of its weights \
            and makes a model of its own: -o FOLDER.
            """)

    @Argument(
        help: """
            tokenizer, clip, autoencoder, diffusion, distillation, tokens, dalle, gan, prior, \
            unclip, finetune, lora or inversion.
            """, completion: .list(TrainCommand.stages))
    var stage: String?

    private static let stages = TrainingRun.Stage.allCases.map(\.rawValue)

    @Option(
        help: """
            The stage's configuration (default: Recipes/STAGE.json; of any pictures: \
            Recipes/pictures/STAGE.json).
            """)
    var config: String?

    @Option(
        help: """
            The folder that pinxit dataset wrote, or any pictures: a folder with captions beside \
            them, or WebDataset's tars (see pinxit dataset check).
            """)
    var dataset: String?

    @Option(
        help: ArgumentHelp(
            "How many files of a folder of pictures may be broken: they are named and left out.",
            valueName: "count"))
    var maxBroken = 10

    @Option(help: "The model folder: earlier stages are read from it, this one is written to it.")
    var model: String?

    @Option(
        name: [.short, .long],
        help: """
            The file that lora and inversion write, my-dog.safetensors, or the folder that finetune \
            makes; the model stays as it is.
            """)
    var output: String?

    @Option(
        help: ArgumentHelp(
            "A setting in place of the configuration's; may be repeated.",
            valueName: "setting=value"))
    var set: [String] = []

    @Option(
        help: "Where checkpoints and logs are kept (default: MODEL.runs/STAGE, or FILE.runs/STAGE)."
    )
    var run: String?

    @Option(
        help: """
            Start from the weights of this model, its folder or its name in Models, in place of \
            random ones; its tokenizer may be another one of the same max_length. A run that has \
            a checkpoint goes on from that.
            """)
    var startFrom: String?

    @Flag(help: "Go on from a checkpoint saved under another configuration.")
    var acceptChanges = false

    @Flag(help: "No progress on standard error.")
    var quiet = false

    @OptionGroup var threads: ThreadArguments

    @Option(
        help: ArgumentHelp(
            """
            Print the settings of a stage's configuration, with ranges and defaults, and stop; \
            dataset and evaluation print those of pinxit dataset make and pinxit evaluate.
            """, valueName: "stage"))
    var explainConfig: String?

    func validate() throws {
        guard maxBroken >= 0 else {
            throw ValidationError("--max-broken \(maxBroken): 0 or more is accepted")
        }
        if let explainConfig {
            let names = RecipeFormat.names
            guard explainConfig == "all" || names.contains(explainConfig) else {
                let nearest = names.nearest(to: explainConfig).first.map { "is \($0) meant? " }
                throw ValidationError(
                    "--explain-config \(explainConfig): \(nearest ?? "")"
                        + "\(names.joined(separator: ", ")) or all is accepted")
            }
            return
        }
        let stage = try stage.map(Self.stage)
        for (name, isThere) in [
            ("the stage", stage != nil), ("--dataset", dataset != nil), ("--model", model != nil),
        ] where !isThere {
            throw ValidationError(
                "\(name) is missing; pinxit train STAGE --dataset FOLDER --model FOLDER")
        }
        let isFineTuning = stage?.isFineTuning == true
        let name = stage?.rawValue ?? ""
        guard isFineTuning == (output != nil) else {
            throw ValidationError(
                isFineTuning
                    ? "--output is missing; pinxit train \(name) --model MODEL --dataset FOLDER "
                        + "-o \(stage?.writesFile == true ? "FILE.safetensors" : "FOLDER")"
                    : "--output is for finetune, lora and inversion; other stages write the model "
                        + "folder")
        }
        if isFineTuning, startFrom != nil {
            throw ValidationError("--start-from is not for \(name), which starts from --model")
        }
    }

    /// - Throws: `ValidationError` that asks for the stage that seems to be meant.
    private static func stage(_ name: String) throws -> TrainingRun.Stage {
        if let stage = TrainingRun.Stage(rawValue: name) { return stage }
        throw ValidationError(
            "\(name) is no stage of training; "
                + (stages.nearest(to: name).first.map { "is \($0) meant?" }
                    ?? "\(stages.joined(separator: ", ")) are"))
    }

    func run() async throws {
        if let explainConfig {
            print(
                explainConfig == "all" ? RecipeFormat.page : RecipeFormat.text(explainConfig),
                terminator: "")
            return
        }
        guard let stage = try stage.map(Self.stage), let dataset, let model else {
            throw CleanExit.helpRequest(self)
        }
        try await reportingErrors {
            try await threads.apply()
            let ranks = try await Launch.join(stage)
            // A finished model has names, as where it paints.
            let output = output
            let model = try await ranks.agree {
                // The first process alone writes.
                if !Launch.isFollower {
                    let place = output ?? model
                    try checkWritable(
                        stage.writesFile ? place : place.path("model_index.json"))
                }
                if let output { try Self.checkName(output, of: stage) }
                return stage.isFineTuning ? try ModelSearch(option: model).folder() : model
            }
            let start = try await ranks.agree { [startFrom] in
                try startFrom.map { try ModelSearch.begun($0, by: "--start-from") }
            }
            try await train(stage, dataset: dataset, model: model, start, ranks)
        }
    }

    /// Other programs read what fine-tuning writes by the end of its name.
    private static func checkName(_ output: String, of stage: TrainingRun.Stage) throws {
        let ending = ".safetensors"
        guard stage.writesFile, !output.hasSuffix(ending), !isStream(output) else { return }
        throw UsageError("--output \(output): a name that ends in \(ending) is accepted")
    }

    private func train(
        _ stage: TrainingRun.Stage, dataset: String, model: String, _ start: String?,
        _ ranks: Ranks
    ) async throws {
        let folder = PictureFolder.isMeant(by: dataset) && !stage.isFineTuning ? "pictures/" : ""
        var training = TrainingRun(
            stage: stage,
            configuration: Shelves.recipe(asked: config, usual: "\(folder)\(stage.rawValue).json"),
            dataset: dataset,
            model: model,
            folder: run ?? "\((output ?? model).withoutSlash).runs/\(stage.rawValue)")
        training.output = output ?? ""
        training.changes = set
        training.startFrom = start
        training.acceptingChanges = acceptChanges
        training.quiet = quiet
        training.maxBroken = maxBroken
        training.ranks = ranks
        training.findModel = { try ModelSearch.begun($0, by: "task.teacher") }
        await Launch.checkThreads(threads.threads)
        do {
            let outcome = try await training.run(
                shouldStop: { Interruption.isRequested },
                unsaved: { $0 ? Interruption.watch() : Interruption.endAtOnce() })
            await Launch.leave()
            guard outcome == .finished else { throw Interrupted() }
        } catch let error as MissingStage {
            throw MissingInput("\(error): \(command(making: error, dataset))")
        }
    }

    /// The command that makes what is missing.
    private func command(making missing: MissingStage, _ dataset: String) -> String {
        let changes = missing.changes.map { " --set \($0)" }.joined()
        return "pinxit train \(missing.stage.rawValue) --dataset \(dataset) "
            + "--model \(missing.model)\(changes)"
    }
}
