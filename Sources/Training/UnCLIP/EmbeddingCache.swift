import PinxitDALLE
import PinxitDatasets
import PinxitTensors

/// CLIP's embeddings of the training pictures, made once and kept: prior and decoder see each many times.
struct EmbeddingCache {
    /// `[count, features]` in f32, on the scale of an ``ScaledCLIP``.
    let embeddings: Tensor

    /// Reads the cache of a run, or fills it.
    ///
    /// - Parameter identity: What the embeddings depend on; another identity means another cache.
    static func load(
        count: Int, from pictures: Composer, _ clip: ScaledCLIP, identity: String,
        folder: String, log: RunLog
    ) throws -> EmbeddingCache {
        EmbeddingCache(
            embeddings: try encodedPictures(
                "embeddings", count: count, from: pictures, identity: identity, folder: folder,
                log: log
            ) { clip.embed(pictures: $0, type: .compute) })
    }

    /// The embeddings of the given pictures, `[indices, features]`.
    func gather(_ indices: [Int]) -> Tensor { embeddings.gathered(indices, type: .f32) }
}
