import CLIP
import Checkpoints
import DALLE
import Datasets
import Files
import Tensors

/// The CLIP that prior and decoder learn from: the folder `clip` of the model.
struct EmbeddingParts {
    let clip: ScaledCLIP
    /// Tells whether cached embeddings belong to this CLIP.
    let identity: String

    init(folder: String) throws {
        clip = ScaledCLIP(try CLIP(folder: "\(folder)/clip"))
        let weights = try ComponentFolder(path: "\(folder)/clip").weightsPath()
        identity = "\(fnv1a64(String(decoding: try readFile(weights), as: UTF8.self)))"
    }
}
