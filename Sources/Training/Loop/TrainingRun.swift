import FoundationEssentials
import PinxitCLIP
import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// One stage of training, as the command line asks for it.
public struct TrainingRun: Sendable {
    /// What is trained.
    public enum Stage: String, Sendable, CaseIterable {
        case tokenizer, clip, autoencoder, diffusion, tokens, dalle, gan, prior, unclip
    }

    public var stage: Stage
    /// The configuration file.
    public var configuration: String
    /// The folder `pinxit dataset` wrote.
    public var dataset: String
    /// The model folder, in the diffusers layout: earlier stages are read from it, this one is written to it.
    public var model: String
    /// Where the run keeps checkpoints and logs.
    public var folder: String
    /// A finished model folder whose weights the run starts from, in place of random ones.
    public var startFrom: String?
    public var acceptingChanges = false
    public var quiet = false

    public init(stage: Stage, configuration: String, dataset: String, model: String, folder: String)
    {
        self.stage = stage
        self.configuration = configuration
        self.dataset = dataset
        self.model = model
        self.folder = folder
    }

    /// Trains to the end or until `shouldStop`. On the engine's thread.
    @Engine
    public func run(shouldStop: @Sendable () -> Bool = { false }) throws -> Trainer.Outcome {
        let reader = try SettingsReader(file: configuration)
        let library = try SpriteLibrary(folder: dataset)
        let log = try RunLog(folder: folder, quiet: quiet)
        if stage == .tokenizer {
            let tokenizer = try TokenizerStage(reader)
            try tokenizer.run(library, output: "\(model)/tokenizer", log: log)
            return .finished
        }
        let optimisation = try OptimisationSettings(reader.group("optimisation"))
        let task = try task(reader, optimisation, library, log)
        try reader.finish()
        if let startFrom {
            for (name, parameters) in task.components {
                try StartingWeights(folder: startFrom).copy(
                    name, into: parameters, mayBeNew: task.mayBeNew)
            }
        }
        return try Trainer(task, optimisation, configuration: reader.text, folder: folder, log: log)
            .run(acceptingChanges: acceptingChanges, shouldStop: shouldStop)
    }

    @Engine
    private func task(
        _ reader: SettingsReader, _ optimisation: OptimisationSettings, _ library: SpriteLibrary,
        _ log: RunLog
    ) throws -> any PhasedTask {
        switch stage {
        case .tokenizer: preconditionFailure("a tokenizer is not trained by gradients")
        case .autoencoder:
            return try AutoencoderTask(
                AutoencoderComponent(reader.group("model")), .init(reader.group("task")),
                optimisation,
                library: library, output: "\(model)/vae")
        case .tokens:
            return try PictureTokensTask(
                reader.group("model").discreteAutoencoder(), .init(reader.group("task")),
                optimisation, library: library, output: "\(model)/picture_tokenizer")
        case .dalle:
            let prompts = try reader.strings("prompts", or: [])
            let parts = try DALLEParts(reader.group("model"), prompts: prompts, folder: model)
            return try DALLETask(
                parts, .init(reader.group("task")), optimisation, library: library, folder: folder,
                log: log)
        case .clip:
            let tokenizer = try CLIPTokenizer(folder: "\(model)/tokenizer")
            let sizes = try reader.group("model")
            let configuration = try PinxitCLIPConfiguration(training: sizes, tokenizer)
            try sizes.finish()
            let settings = try CLIPTask.Settings(reader.group("task"))
            guard settings.export == .clip || configuration.textKind == .causal else {
                throw reader.field["task"]["export"].error(
                    "\"clip\": a text encoder for diffusion has \"text\": \"causal\"")
            }
            return CLIPTask(
                configuration, settings, optimisation, tokenizer: tokenizer, library: library,
                output: model, folder: folder)
        case .diffusion:
            let prompts = try reader.strings("prompts", or: [])
            let parts = try DiffusionParts(reader.group("model"), prompts: prompts, folder: model)
            return try DiffusionTask(
                parts, .init(reader.group("task")), optimisation, library: library, folder: folder,
                log: log)
        case .gan:
            let prompts = try reader.strings("prompts", or: [])
            let settings = try GANSettings(reader.group("task"))
            let parts = try GANParts(
                reader.group("model"), settings, prompts: prompts, library: library, folder: model)
            return try GANTask(
                parts, settings, optimisation, library: library, folder: folder, log: log)
        case .prior:
            return try PriorTask(
                reader.group("model"), EmbeddingParts(folder: model), .init(reader.group("task")),
                optimisation, library: library, output: model, folder: folder, log: log)
        case .unclip:
            if let startFrom { try UnCLIPFiles.complete(model, from: startFrom) }
            let embeddings = try EmbeddingParts(folder: model)
            let parts = try DiffusionParts(
                reader.group("model"), prompts: [], folder: model,
                classEmbeddingWidth: 2 * embeddings.clip.features)
            return try UnCLIPTask(
                parts, embeddings, .init(reader.group("task")), optimisation, library: library,
                folder: folder, log: log)
        }
    }
}
