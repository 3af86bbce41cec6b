import FoundationEssentials
import PinxitFiles

/// A part of the model folder that an earlier stage makes, and that is not there.
public struct MissingStage: Error, Equatable, CustomStringConvertible {
    /// The part's path.
    public let path: String
    /// The stage that makes it.
    public let stage: TrainingRun.Stage
    /// The model folder which that stage is to be given.
    public let model: String
    /// What has to be changed in that stage's configuration, see ``TrainingRun/changes``.
    public let changes: [String]

    /// What is missing and which stage makes it, in one line.
    public var description: String {
        "\(path): is missing; the stage \(stage.rawValue) makes it"
    }
}

extension MissingStage: LocalizedError {
    public var errorDescription: String? { description }
}

extension TrainingRun {
    /// - Throws: ``MissingStage`` for the first part that this stage reads and that is not there.
    func requireEarlierStages(_ recipe: JSONField) throws {
        for (name, maker) in try earlierParts(recipe) where !fileExists(model.path(name)) {
            if stage == .unclip, let startFrom, fileExists(startFrom.path(name)) { continue }
            let isCLIP = name == "clip"
            throw MissingStage(
                path: model.path(name), stage: maker, model: isCLIP ? model.path("clip") : model,
                changes: isCLIP ? ["task.export=clip"] : [])
        }
    }

    /// What this stage reads from the model folder, with who makes it.
    func earlierParts(_ recipe: JSONField) throws -> [(String, Stage)] {
        switch stage {
        case .tokenizer, .autoencoder, .distillation, .tokens, .finetune, .lora, .inversion: []
        case .clip: [("tokenizer", .tokenizer)]
        case .diffusion:
            [("tokenizer", .tokenizer), ("text_encoder", .clip), ("vae", .autoencoder)]
        case .dalle: [("tokenizer", .tokenizer), ("picture_tokenizer", .tokens)]
        case .gan:
            try recipe["task"]["clip"].string(or: "").isEmpty ? [("clip", .clip)] : []
        case .prior: [("clip", .clip)]
        case .unclip:
            [
                ("clip", .clip), ("tokenizer", .tokenizer), ("text_encoder", .clip),
                ("vae", .autoencoder),
            ]
        }
    }
}
