import PinxitImages
import PinxitStableDiffusion
import PinxitTensors

extension PictureCache {
    /// The latents of the pictures, each `[height, width, channels]` in bf16, already scaled to
    /// unit variance.
    func latents(_ autoencoder: any LatentAutoencoder) throws -> EncodedPictures {
        try encoded {
            let x = Tensor(pictures: $0).cast(to: .compute)
            return autoencoder.scaled(try autoencoder.posterior(x).mean).cast(to: .bf16)
        }
    }
}
