import PinxitDatasets
import PinxitFiles
import PinxitTensors
import PinxitTokenizers

/// One stage of training: what is trained, from what, and where it is kept.
public struct TrainingRun: Sendable {
    /// What is trained.
    public enum Stage: String, Sendable, CaseIterable {
        /// Byte pairs that split texts into tokens.
        case tokenizer
        /// Text and image towers.
        case clip
        /// Pictures to latents and back.
        case autoencoder
        /// A U-Net over latents, given a text.
        case diffusion
        /// The U-Net of a finished diffusion model once more, for a few steps without guidance.
        case distillation
        /// DALL·E's discrete autoencoder: pictures to tokens and back.
        case tokens
        /// DALL·E's transformer over the tokens of texts and pictures.
        case dalle
        /// A generator and a discriminator, given CLIP's embedding of a text.
        case gan
        /// unCLIP's way from a text to the embedding of its picture.
        case prior
        /// unCLIP's decoder: a U-Net that is given the embedding of its picture.
        case unclip
        /// All weights of a finished latent diffusion model, which itself stays: a new model.
        case finetune
        /// Small changes to a finished latent diffusion model, which itself stays.
        case lora
        /// The vectors of a new word for a finished latent diffusion model, which itself stays.
        case inversion

        /// Whether a finished model learns, which itself stays.
        public var isFineTuning: Bool { self == .lora || self == .inversion || self == .finetune }

        /// Whether what is learnt is a small file beside the model.
        public var writesFile: Bool { self == .lora || self == .inversion }
    }

    /// How a run ended.
    public enum Outcome: Sendable {
        /// All steps are done and the component is written.
        case finished
        /// It was asked to stop, and can go on from its checkpoint.
        case interrupted
    }

    /// What is trained.
    public var stage: Stage
    /// The stage's configuration, a JSON file.
    public var configuration: String
    /// Settings in place of the file's, each `PATH=VALUE`: `optimisation.samples=2000`.
    public var changes: [String] = []
    /// The folder of a data set, which ``SpriteLibrary`` reads, or a ``PictureFolder``.
    public var dataset: String
    /// The model folder, in the diffusers layout: earlier stages are read from it, this one is
    /// written to it.
    public var model: String
    /// The file that fine-tuning writes, or the folder of `finetune`; no other stage has one.
    public var output = ""
    /// How many files of a folder of pictures may be broken.
    public var maxBroken = 10
    /// Where the run keeps checkpoints and logs.
    public var folder: String
    /// A finished model folder whose weights the run starts from, in place of random ones.
    public var startFrom: String?
    /// Whether to go on from a checkpoint that was saved under another configuration.
    public var acceptingChanges = false
    /// Finds the model that a recipe names, `task.teacher`; by default what it says is its folder.
    public var findModel: @Sendable (String) throws -> String = { $0 }
    /// Whether to leave out the lines about progress.
    public var quiet = false
    /// The processes that train together. All are given the same run; the first one alone writes.
    public var ranks = Ranks.alone

    /// A run with random weights at its start.
    ///
    /// - Parameter output: What fine-tuning writes; see ``output``.
    public init(
        stage: Stage, configuration: String, dataset: String, model: String, folder: String,
        output: String = ""
    ) {
        self.output = output
        self.stage = stage
        self.configuration = configuration
        self.dataset = dataset
        self.model = model
        self.folder = folder
    }

    /// Trains to the end or until `shouldStop`. On the engine's thread.
    ///
    /// A configuration that is refused leaves no file and no folder.
    ///
    /// - Parameters:
    ///   - shouldStop: Asked before every step.
    ///   - unsaved: Told true when steps begin, whose work a run that is asked to stop saves, and
    ///     false where all is saved: while reports are made, and at the end. There, and while
    ///     pictures are made ready at the start, nothing is lost that is not made again when the
    ///     process ends or, before the first step, the task is cancelled.
    ///
    /// Cancelling the task stops it too, between steps or within one, which is then not taken.
    /// - Throws: `FileError` for what is wrong with a file or the configuration, and for an
    ///   ``output`` or ``startFrom`` that does not go with the stage; `DatasetError` for the data
    ///   set, ``MissingStage``, ``ChangedConfiguration`` and ``NumericalFailure``;
    ///   ``ToldElsewhere`` where another rank throws that; `CancellationError` within a step of
    ///   several ranks or of a GAN, whose last checkpoint holds. Other ranks wait for one that
    ///   throws in the middle of its steps: the process is to end them, see
    ///   ``Ranks/endAll(code:)``.
    @Engine
    public func run(
        shouldStop: @Sendable () -> Bool = { false },
        unsaved: @Sendable (Bool) -> Void = { _ in }
    ) throws -> Outcome {
        try checkOutput()
        return try ranks.toldOnce { () throws -> Outcome in
            let ready: Ready
            do {
                let opened = try ranks.together { try blamingChanges { try open() } }
                try checkIsFirsts(opened)
                ready = try ranks.together { try blamingChanges { try makeReady(opened) } }
            } catch is CancellationError {
                return .interrupted
            }
            defer { ready.place?.release() }
            guard let trainer = ready.trainer else {
                try ready.context.keepRecipe()
                return .finished
            }
            let outcome = try trainer.run(
                acceptingChanges: acceptingChanges, shouldStop: shouldStop,
                begun: ready.context.keepRecipe, unsaved: unsaved)
            if outcome == .finished, ranks.isFirst { try keepWords(ready.context) }
            return outcome
        }
    }

    /// Fine-tuning has an output and starts from its model, other stages have none.
    private func checkOutput() throws(FileError) {
        guard output.isEmpty != stage.isFineTuning else {
            throw FileError(
                path: "output",
                problem: stage.isFineTuning
                    ? "\(stage) writes one; none is given"
                    : "\"\(output)\" is given; \(stage) writes into its model alone",
                access: .given)
        }
        guard startFrom == nil || !stage.isFineTuning else {
            throw FileError(
                path: "startFrom", problem: "\(stage) starts from its model; nil is accepted",
                access: .given)
        }
    }

    /// Work whose errors of settings that were given beside the recipe say so.
    private func blamingChanges<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as FileError {
            throw error.blaming(changes, besides: configuration)
        }
    }

    /// Says in a model that paints which words it has been shown, those of the model it started
    /// from among them.
    private func keepWords(_ context: TrainingContext) throws {
        let made = stage == .finetune ? output : model
        guard !stage.writesFile, fileExists(made.path("model_index.json")),
            // What is taught to a finished model is all of the data set.
            var words = context.data.learntWords(stage == .finetune ? .everything : .train)
        else {
            return
        }
        for before in try wordsBefore(context) {
            // One that does not say knows words that nobody has counted.
            guard let before else { return }
            words.add(before)
        }
        try words.write(to: made)
    }

    /// What the models that it starts from have been shown; nil for one that does not say.
    func wordsBefore(_ context: TrainingContext) throws -> [LearntWords?] {
        let named = try ["teacher", "base"].compactMap { name -> String? in
            let model = try context.settings.field["task"][name].string(or: "")
            if model.isEmpty { return nil }
            return name == "teacher" ? try findModel(model) : model
        }
        return try (named + [startFrom ?? "", stage == .finetune ? model : ""])
            .filter { !$0.isEmpty }.map { try LearntWords(folder: $0) }
    }
}
