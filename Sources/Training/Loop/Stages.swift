import PinxitDatasets
import PinxitFiles

extension TrainingRun.Stage {
    /// Makes a stage's task from its part of the configuration.
    typealias TaskFactory = (TrainingContext, OptimisationSettings) throws -> any PhasedTask

    /// How a stage reads its recipe and does its work.
    struct Plan {
        /// Reads all of the recipe that is not the optimisation's, with sizes of no earlier stage
        /// in particular: what is wrong in itself is found before anything is read or written.
        let check: (SettingsReader) throws -> Void
        let work: Work
    }

    /// How the work of a stage is done.
    enum Work {
        /// All at once, without gradients or checkpoints.
        case atOnce((TrainingContext) throws -> Void)
        /// By the training loop, step by step.
        case steps(TaskFactory)
    }

    /// The table of stages. What each of them reads and makes is said in the folder of its model.
    var plan: Plan {
        switch self {
        case .tokenizer: Plan(check: TokenizerStage.check, work: .atOnce(TokenizerStage.run))
        case .clip: Plan(check: CLIPTask.check, work: .steps(CLIPTask.init))
        case .autoencoder: Plan(check: AutoencoderTask.check, work: .steps(AutoencoderTask.init))
        case .diffusion: Plan(check: DiffusionTask.check, work: .steps(DiffusionTask.init))
        case .distillation:
            Plan(check: DistillationTask.check, work: .steps(DistillationTask.init))
        case .tokens: Plan(check: PictureTokensTask.check, work: .steps(PictureTokensTask.init))
        case .dalle: Plan(check: DALLETask.check, work: .steps(DALLETask.init))
        case .gan: Plan(check: GANTask.check, work: .steps(GANTask.init))
        case .prior: Plan(check: PriorTask.check, work: .steps(PriorTask.init))
        case .finetune: Plan(check: FullLearner.check, work: .steps(FullLearner.task))
        case .lora: Plan(check: LoRALearner.check, work: .steps(LoRALearner.task))
        case .inversion:
            Plan(check: InversionLearner.check, work: .steps(InversionLearner.task))
        case .unclip: Plan(check: UnCLIPTask.check, work: .steps(UnCLIPTask.init))
        }
    }

    /// The component of a finished model that a run of this stage starts from whatever its recipe;
    /// nil where there is none such.
    var startingComponent: String? {
        switch self {
        case .autoencoder: "vae"
        case .diffusion, .distillation, .unclip: "unet"
        case .tokens: "picture_tokenizer"
        case .dalle: "transformer"
        case .gan: "generator"
        case .prior: "prior"
        case .tokenizer, .clip, .finetune, .lora, .inversion: nil
        }
    }

    /// Reads a recipe as a run does before all else, and throws what that throws.
    package func check(_ recipe: JSONField) throws { _ = try read(SettingsReader(recipe)) }

    /// Reads a whole recipe.
    ///
    /// - Returns: How the model is optimised; nil for a stage that is not trained in steps.
    /// - Throws: `FileError` for a setting that is unknown, of another type or out of range, or
    ///   that the finished model's own reader would refuse.
    func read(_ recipe: SettingsReader) throws -> OptimisationSettings? {
        let plan = plan
        try plan.check(recipe)
        let usual = isFineTuning ? FineTuningBase.Usual(size: 512, step: 64) : nil
        let folder = try FolderSettings(recipe.group("dataset"), usual: usual)
        guard isFineTuning || folder.framing.crop != .bucket else {
            throw recipe.field["dataset"]["crop"].unsupported(
                "\"bucket\" for the stage \(rawValue)", ["center", "random", "none"])
        }
        var optimisation: OptimisationSettings?
        if case .steps = plan.work {
            optimisation = try OptimisationSettings(recipe.group("optimisation"))
        }
        try recipe.finish()
        return optimisation
    }
}
