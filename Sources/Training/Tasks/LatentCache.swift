import Checkpoints
import Datasets
import Files
import Images
import StableDiffusion
import Tensors

/// The latents of the training pictures, made once and kept: the diffusion model sees each many times.
struct LatentCache {
    /// `[count, height, width, channels]` in bf16, already scaled to unit variance.
    let latents: Tensor
    var count: Int { latents.shape[0] }

    /// Reads the cache of a run, or fills it.
    ///
    /// - Parameters:
    ///   - identity: What the latents depend on; another identity means another cache.
    static func load(
        count: Int, from pictures: Composer, _ autoencoder: any LatentAutoencoder, identity: String,
        folder: String, log: RunLog
    ) throws -> LatentCache {
        let path = "\(folder)/latents.safetensors"
        if fileExists(path), let file = try? SafetensorsFile(path: path),
            file.metadata["identity"] == identity, let latents = try file.tensors()["latents"],
            latents.shape[0] == count
        {
            return LatentCache(latents: latents)
        }
        let latents = try encode(count: count, from: pictures, autoencoder, log: log)
        try Checkpoint.save(["latents": latents], to: path, metadata: ["identity": identity])
        return LatentCache(latents: latents)
    }

    private static func encode(
        count: Int, from pictures: Composer, _ autoencoder: any LatentAutoencoder, log: RunLog
    ) throws -> Tensor {
        let chunk = 64
        var all: Tensor?
        for start in stride(from: 0, to: count, by: chunk) {
            let range = start..<min(start + chunk, count)
            let x = Tensor(pictures: pictures.batch(range).map(\.picture)).cast(to: .compute)
            let z = (autoencoder.posterior(x).mean * autoencoder.scalingFactor).cast(to: .bf16)
            let store =
                all
                ?? Tensor(
                    uninitialized: Shape([count] + z.shape.dimensions.dropFirst()), type: .bf16)
            let bytes = z.byteCount / range.count
            (store.pointer + start * bytes).copyMemory(from: z.pointer, byteCount: z.byteCount)
            all = store
            if start % 4096 == 0 { log.progress("latents \(start)/\(count)") }
        }
        return all!
    }

    /// The latents of the given pictures: `[indices, height, width, channels]` in f32.
    func gather(_ indices: [Int]) -> Tensor { latents.gathered(indices, type: .f32) }
}

extension Tensor {
    /// Entries of the first dimension, in the order of `indices`.
    func gathered(_ indices: [Int], type: ElementType) -> Tensor {
        let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
        return embedding(reshaped([shape[0], -1]), rows, type: type)
            .reshaped([indices.count] + shape.dimensions.dropFirst())
    }
}
