extension TrainingRun.Stage {
    /// Reads a stage's part of the configuration and makes its task.
    typealias TaskFactory = (TrainingContext, OptimisationSettings) throws -> any PhasedTask

    /// How the work of a stage is done.
    enum Work {
        /// All at once, without gradients or checkpoints.
        case atOnce((TrainingContext) throws -> Void)
        /// By the training loop, step by step.
        case steps(TaskFactory)
    }

    /// The table of stages. What each of them reads and makes is said in the folder of its model.
    var work: Work {
        switch self {
        case .tokenizer: .atOnce(TokenizerStage.run)
        case .clip: .steps(CLIPTask.init)
        case .autoencoder: .steps(AutoencoderTask.init)
        case .diffusion: .steps(DiffusionTask.init)
        case .tokens: .steps(PictureTokensTask.init)
        case .dalle: .steps(DALLETask.init)
        case .gan: .steps(GANTask.init)
        case .prior: .steps(PriorTask.init)
        case .unclip: .steps(UnCLIPTask.init)
        }
    }
}
