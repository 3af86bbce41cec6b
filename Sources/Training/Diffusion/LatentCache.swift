import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

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
        LatentCache(
            latents: try encodedPictures(
                "latents", count: count, from: pictures, identity: identity, folder: folder,
                log: log
            ) {
                let x = Tensor(pictures: $0).cast(to: .compute)
                return (autoencoder.posterior(x).mean * autoencoder.scalingFactor).cast(to: .bf16)
            })
    }

    /// The latents of the given pictures: `[indices, height, width, channels]` in f32.
    func gather(_ indices: [Int]) -> Tensor { latents.gathered(indices, type: .f32) }
}

/// What an encoder makes of the training pictures, `[count, …]`: from the cache of a run, or made and kept there.
///
/// - Parameters:
///   - name: Of the file, and of the tensor in it.
///   - size: The pictures' side, by default the data set's.
///   - identity: What the encoding depends on; another identity means another cache.
///   - encode: Gives `[batch, …]`, always of one type.
func encodedPictures(
    _ name: String, count: Int, from pictures: Composer, size: Int? = nil, identity: String,
    folder: String, log: RunLog, encode: ([Picture]) -> Tensor
) throws -> Tensor {
    let path = "\(folder)/\(name).safetensors"
    if fileExists(path), let file = try? SafetensorsFile(path: path),
        file.metadata["identity"] == identity, let encoded = try file.tensors()[name],
        encoded.shape[0] == count
    {
        return encoded
    }
    let chunk = 64
    var all: Tensor?
    for start in stride(from: 0, to: count, by: chunk) {
        let range = start..<min(start + chunk, count)
        let z = encode(pictures.batch(range, size: size).map(\.picture))
        let store =
            all
            ?? Tensor(
                uninitialized: Shape([count] + z.shape.dimensions.dropFirst()), type: z.type)
        let bytes = z.byteCount / range.count
        (store.pointer + start * bytes).copyMemory(from: z.pointer, byteCount: z.byteCount)
        all = store
        if start % 4096 == 0 { log.progress("\(name) \(start)/\(count)") }
    }
    try Checkpoint.save([name: all!], to: path, metadata: ["identity": identity])
    return all!
}

extension Tensor {
    /// Entries of the first dimension, in the order of `indices`.
    func gathered(_ indices: [Int], type: ElementType) -> Tensor {
        let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
        return embedding(reshaped([shape[0], -1]), rows, type: type)
            .reshaped([indices.count] + shape.dimensions.dropFirst())
    }
}
