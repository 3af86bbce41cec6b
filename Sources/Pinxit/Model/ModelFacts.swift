import FoundationEssentials
import PinxitCheckpoints
import PinxitFiles
import PinxitStableDiffusion
import PinxitTensors

/// What can be told of a model without painting.
public struct ModelFacts: Sendable {
    /// `_class_name` of `model_index.json`.
    public let family: String
    /// What kind of painter it is, in words.
    public let kind: String
    /// The width and height of its usual pictures, in pixels; nil where its files do not say.
    public let side: Int?
    /// All weights of all components, counted.
    public let parameters: Int
    /// How long it was trained, in hours of the clock on the wall.
    public let trainingHours: Double?
    /// The files of the weights.
    public let weights: [String]
    /// Bytes of all weights as they are stored.
    public let bytes: Int

    /// - Throws: `FileError` for the file and field that is wrong.
    public init(_ folder: ModelFolder) throws {
        family = folder.pipeline.rawValue
        kind = folder.pipeline.title
        side = try folder.side
        trainingHours = folder.settings.trainingHours
        if folder.file != nil {
            weights = [folder.path]
        } else {
            weights = try Self.weights(in: folder.path)
        }
        let tensors = try weights.flatMap { try CheckpointFile(path: $0).entries.values }
        parameters = tensors.reduce(0) { $0 + $1.shape.reduce(1, *) }
        bytes = tensors.reduce(0) { $0 + $1.byteCount }
    }

    /// The files of all components.
    private static func weights(in folder: String) throws(FileError) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        var weights: [String] = []
        for name in names.sorted() where fileExists(folder.path(name).path("config.json")) {
            let component = try Component(path: folder.path(name))
            // Nothing is painted with it, so many leave its weights out.
            if name == "safety_checker", (try? component.weightsPath()) == nil { continue }
            weights.append(try component.weightsPath())
        }
        return weights
    }
}

extension ModelFolder {
    /// The side of its usual pictures, from its configurations alone.
    fileprivate var side: Int? {
        get throws {
            switch pipeline {
            case .stableDiffusion, .stableDiffusionXL, .unCLIP, .unCLIPVariations:
                if let file { return file.usualSide }
                return try LatentDiffusion.usualSide(folder: path)
            case .dalle:
                return try JSONFile.read(path.path("picture_tokenizer/config.json"))["sample_size"]
                    .int(or: 0)
            case .clipGAN:
                return try JSONFile.read(path.path("generator/config.json"))["sample_size"]
                    .int(or: 0)
            }
        }
    }
}
