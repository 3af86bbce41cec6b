import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// Mean and standard deviation of picture embeddings, feature by feature.
///
/// Source: diffusers `stable_unclip_image_normalizer.py`, `StableUnCLIPImageNormalizer`; the prior
/// has its own.
public struct EmbeddingNormaliser: Sendable {
    /// `[1, features]`.
    public let mean: Tensor
    /// `[1, features]`, above 0.
    public let deviation: Tensor

    /// Both `[1, features]`; gradients are not followed into them.
    public init(mean: Tensor, deviation: Tensor) {
        self.mean = mean.detached
        self.deviation = deviation.detached
    }

    /// Measures embeddings `[count, features]`.
    public init(measuring embeddings: Tensor) {
        let features = embeddings.shape[1]
        let mean = embeddings.mean(axis: 0).reshaped([1, features])
        let variance = (embeddings - mean).squared.mean(axis: 0).reshaped([1, features])
        // A feature that never changes stays as it is.
        self.init(mean: mean, deviation: (variance + 1e-8).sqrt)
    }

    /// Features of an embedding.
    public var features: Int { mean.shape[1] }

    /// Embeddings `[batch, features]` with mean 0 and deviation 1.
    public func scale(_ embeddings: Tensor) -> Tensor { (embeddings - mean) / deviation }
    /// The other way: what ``scale(_:)`` took away is put back.
    public func unscale(_ embeddings: Tensor) -> Tensor { embeddings * deviation + mean }

    /// Loads the `image_normalizer/` folder of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> EmbeddingNormaliser {
        let folder = try Component(path: folder)
        let features = try folder.config["embedding_dim"].size(or: 768)
        return try folder.model(options) { w in
            EmbeddingNormaliser(
                mean: w.parameter("mean", [1, features], .zeros),
                deviation: w.parameter("std", [1, features], .ones))
        }
    }

    /// Writes such a folder.
    public func write(to folder: String) throws {
        try makeFolder(folder)
        try Checkpoint.save(
            ["mean": mean, "std": deviation],
            to: "\(folder)/diffusion_pytorch_model.safetensors")
        try JSONFile.write(
            [
                "_class_name": "StableUnCLIPImageNormalizer",
                "embedding_dim": .integer(features),
            ], to: "\(folder)/config.json")
    }
}
