import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors

// Legend: B batch, H W latent height and width, C latent channels.

/// A latent diffusion model, whole: what conditions on texts, the denoiser, the autoencoder, and
/// the schedule it was trained with.
///
/// Used on the engine's thread only.
package struct LatentDiffusion: Sendable {
    package let text: any TextConditioner
    package let denoiser: any Denoiser
    package let autoencoder: any LatentAutoencoder
    package var scheduler: SchedulerConfiguration
    /// Whether memory is to be saved.
    package let isStreamed: Bool
    /// Whether no text to lead away from is zeros rather than an empty text.
    package var forcesZeros = false

    package init(
        text: any TextConditioner, denoiser: any Denoiser, autoencoder: any LatentAutoencoder,
        scheduler: SchedulerConfiguration, isStreamed: Bool = false
    ) {
        self.text = text
        self.denoiser = denoiser
        self.autoencoder = autoencoder
        self.scheduler = scheduler
        self.isStreamed = isStreamed
    }

    /// Pixels a latent stands for, in each direction.
    package var scale: Int { autoencoder.downscale }
    package var latentChannels: Int { autoencoder.latentChannels }
    /// How many numbers the denoiser is given beside the text; see ``MicroConditions``.
    package var numberCount: Int? {
        denoiser.numberWidth.map { ((denoiser.addedWidth ?? 0) - (text.pooledWidth ?? 0)) / $0 }
    }
    /// The side in pixels of the pictures it was trained on.
    package var usualSide: Int { denoiser.usualSide * scale }

    /// The latents of a picture: `[1, height / scale, width / scale, C]`.
    package func latentShape(width: Int, height: Int) -> Shape {
        [1, height / scale, width / scale, latentChannels]
    }

    /// Pictures from a sampler's result.
    ///
    /// Large ones are made in bands, exactly, so that memory does not grow with them.
    /// - Parameters:
    ///   - latents: `[B, H, W, C]` in f32.
    ///   - type: What to compute in.
    /// - Returns: `[B, H · scale, W · scale, 3]` in f32, about in [-1, 1].
    package func decode(
        _ latents: Tensor, type: ElementType
    ) throws(CancellationError) -> Tensor {
        let z = (latents / autoencoder.scalingFactor).cast(to: type)
        let pixels = z.shape[1] * z.shape[2] * scale * scale
        guard isStreamed || pixels > Self.mostPixelsAtOnce else {
            return try autoencoder.decode(z).cast(to: .f32)
        }
        let held = isStreamed ? 192 << 20 : 1 << 30
        return try autoencoder.decode(z, holding: held).cast(to: .f32)
    }

    private static let mostPixelsAtOnce = 768 * 768
}
