import Checkpoints
import DALLE
import Datasets
import Files
import Tensors

/// CLIP's embeddings of the training pictures, made once and kept: prior and decoder see each many times.
struct EmbeddingCache {
    /// `[count, features]` in f32, on the scale of an ``DALLE/ScaledCLIP``.
    let embeddings: Tensor

    /// Reads the cache of a run, or fills it.
    ///
    /// - Parameter identity: What the embeddings depend on; another identity means another cache.
    static func load(
        count: Int, from pictures: Composer, _ clip: ScaledCLIP, identity: String,
        folder: String, log: RunLog
    ) throws -> EmbeddingCache {
        let path = "\(folder)/embeddings.safetensors"
        if fileExists(path), let file = try? SafetensorsFile(path: path),
            file.metadata["identity"] == identity,
            let found = try file.tensors()["embeddings"], found.shape == [count, clip.features],
            found.type == .f32
        {
            return EmbeddingCache(embeddings: found)
        }
        let chunk = 64
        var parts: [Tensor] = []
        for start in stride(from: 0, to: count, by: chunk) {
            let batch = pictures.batch(start..<min(start + chunk, count)).map(\.picture)
            parts.append(clip.embed(pictures: batch, type: .compute))
            if start % 4096 == 0 { log.progress("embeddings \(start)/\(count)") }
        }
        let embeddings = concatenate(parts, axis: 0)
        try Checkpoint.save(["embeddings": embeddings], to: path, metadata: ["identity": identity])
        return EmbeddingCache(embeddings: embeddings)
    }

    /// The embeddings of the given pictures, `[indices, features]`.
    func gather(_ indices: [Int]) -> Tensor { embeddings.gathered(indices, type: .f32) }
}
