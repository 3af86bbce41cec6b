import PinxitCLIP
import PinxitDALLE

/// The CLIP that prior and decoder learn from: the folder `clip` of the model.
struct EmbeddingParts {
    let clip: ScaledCLIP
    /// Tells whether cached embeddings belong to this CLIP.
    let identity: String

    init(folder: String) throws {
        clip = ScaledCLIP(try CLIP(folder: "\(folder)/clip"))
        identity = try weightsIdentity("\(folder)/clip")
    }
}
