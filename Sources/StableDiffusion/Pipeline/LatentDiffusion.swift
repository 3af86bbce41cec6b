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
    /// Whether an instruction's picture is scaled beside the latents as these are.
    package var scalesPicture = false

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

    /// What the denoiser takes beside the noisy latents, and so what it is for.
    package var task: DenoiserTask {
        DenoiserTask(extra: besideChannels, latentChannels: latentChannels) ?? .text
    }
    /// The channels of that.
    var besideChannels: Int { denoiser.inChannels - latentChannels }

    /// The distribution of the latents of pictures, before ``LatentAutoencoder/scalingFactor``.
    ///
    /// - Parameters:
    ///   - pictures: `[B, h, w, 3]` in f32, in [-1, 1].
    ///   - type: What to compute in; f32 where numbers overflow in it.
    /// - Returns: `[B, h / scale, w / scale, C]` in f32.
    package func posterior(
        _ pictures: Tensor, type: ElementType
    ) throws(CancellationError) -> LatentPosterior {
        let pixels = pictures.shape[1] * pictures.shape[2]
        func encoded(_ x: Tensor) throws(CancellationError) -> LatentPosterior {
            guard let held = mostHeld(pixels: pixels) else { return try autoencoder.posterior(x) }
            return try autoencoder.posterior(x, holding: held)
        }
        let found = try encoded(pictures.cast(to: type))
        guard type != .f32 else { return found }
        if found.mean.firstNonFinite != nil || found.logVariance?.firstNonFinite != nil {
            return try encoded(pictures)
        }
        return LatentPosterior(
            mean: found.mean.cast(to: .f32), logVariance: found.logVariance?.cast(to: .f32))
    }

    /// The latents of pictures as the denoiser sees them: the means of their distributions, scaled.
    ///
    /// - Parameters: as of ``posterior(_:type:)``.
    package func latents(
        of pictures: Tensor, type: ElementType
    ) throws(CancellationError) -> Tensor {
        autoencoder.scaled(try posterior(pictures, type: type).mean)
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
        let z = autoencoder.unscaled(latents).cast(to: type)
        guard let held = mostHeld(pixels: z.shape[1] * z.shape[2] * scale * scale) else {
            return try autoencoder.decode(z).cast(to: .f32)
        }
        return try autoencoder.decode(z, holding: held).cast(to: .f32)
    }

    /// Bytes of the autoencoder's feature maps to hold at once for a picture; nil for a small one,
    /// which takes no more as a whole.
    private func mostHeld(pixels: Int) -> Int? {
        isStreamed ? 192 << 20 : pixels > 768 * 768 ? 1 << 30 : nil
    }
}
