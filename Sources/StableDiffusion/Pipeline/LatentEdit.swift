import PinxitSamplers
import PinxitTensors

// Legend: h w picture's sides, H W latents' sides, C latent channels, K channels beside them.

/// What a denoiser is for, as the channels it takes beside the noisy latents tell.
package enum DenoiserTask: Sendable, Equatable {
    /// Pictures from words. It takes latents alone.
    case text
    /// Repainting: it is also given the mask and what the mask leaves, K = 1 + C.
    case inpainting
    /// Changing a picture as the words say (Brooks et al. 2023, arXiv 2211.09800): it is also given
    /// the picture, K = C.
    case instruction

    /// - Parameter extra: Channels the denoiser takes beside those of the latents.
    init?(extra: Int, latentChannels: Int) {
        switch extra {
        case 0: self = .text
        case latentChannels: self = .instruction
        case latentChannels + 1: self = .inpainting
        default: return nil
        }
    }
}

/// What latents start from: noise, and a picture if there is one.
package struct LatentStart {
    /// Standard normal, `[1, H, W, C]` in f32.
    package let noise: Tensor
    /// The latents to add the noise to; nil for noise alone.
    var clean: Tensor?
    /// The latents to keep where the mask `[1, H, W, 1]` is 0; nil to keep none.
    var kept: (clean: Tensor, mask: Tensor)?
    /// What the denoiser is given beside the noisy latents, `[1, H, W, K]`.
    var beside: Tensor?

    /// Noise, and latents to add it to if there are any.
    package init(noise: Tensor, clean: Tensor? = nil) {
        self.noise = noise
        self.clean = clean
    }

    /// The first x of a plan, `[1, H, W, C]`.
    package func x(_ plan: SamplingPlan) -> Tensor {
        clean.map { plan.start(from: $0, noise: noise) } ?? plan.start(from: noise)
    }

    /// What of a step's end stays: where nothing is repainted it is the picture, with the noise
    /// of the level.
    var afterStep: AfterStep? {
        guard let (clean, mask) = kept else { return nil }
        return { [noise] x, level in
            let own = level.map { blend(Float($0.alpha), clean, Float($0.sigma), noise) } ?? clean
            return own * mask.affine(-1, 1) + x * mask
        }
    }
}

/// A picture that latents start from, seen by the autoencoder once for all that is painted of it.
///
/// Used on the engine's thread only.
package struct LatentEdit {
    /// What lies under the mask before it is repainted.
    package enum Filling: Sendable {
        /// The picture.
        case picture
        /// Noise in place of its latents.
        case noise
        /// Zeros in place of its latents.
        case nothing
    }

    private let task: DenoiserTask
    private let autoencoder: any LatentAutoencoder
    private let scalesPicture: Bool
    /// Of the picture; nil where it is not used.
    private let picture: LatentPosterior?
    /// Of what the mask leaves of it; nil where it is not used.
    private let left: LatentPosterior?
    private let mask: Tensor?
    private let filling: Filling
    /// The shape that the picture's latents are stretched to; nil where they have it.
    private let stretched: Shape?
    /// Whether all of the way from noise is taken.
    private let isWhole: Bool

    /// - Parameters:
    ///   - picture: `[1, h, w, 3]` in [-1, 1].
    ///   - mask: `[1, h, w, 1]`, 1 where to repaint and 0 elsewhere; nil is everywhere.
    ///   - strength: How much of the way from noise is taken; 1 is all of it.
    ///   - stretched: `[1, H, W, C]`, where the picture has another size than is painted. Without a
    ///     mask, and for denoisers that are given latents alone.
    ///   - type: What to compute in.
    package init(
        _ picture: Tensor, mask: Tensor?, filling: Filling = .picture, strength: Double,
        _ model: LatentDiffusion, stretchedTo stretched: Shape? = nil, type: ElementType
    ) throws(CancellationError) {
        precondition(
            stretched == nil || mask == nil && model.task == .text,
            "latents that are stretched beside others that are not")
        self.stretched = stretched
        task = model.task
        (autoencoder, scalesPicture) = (model.autoencoder, model.scalesPicture)
        self.filling = filling
        isWhole = strength >= 1
        let (height, width) = (picture.shape[1] / model.scale, picture.shape[2] / model.scale)
        let needsPicture = task != .inpainting || !isWhole
        self.picture = needsPicture ? try model.posterior(picture, type: type) : nil
        guard task == .inpainting else {
            left = nil
            self.mask =
                task == .text ? mask?.resizedNearest(height: height, width: width) : nil
            return
        }
        // What is hidden is middle gray.
        let hidden = mask ?? Tensor([1], shape: [1, 1, 1, 1])
        left = try model.posterior(picture * hidden.affine(-1, 1), type: type)
        self.mask =
            mask?.resizedNearest(height: height, width: width)
            ?? Tensor([Float](repeating: 1, count: height * width), shape: [1, height, width, 1])
    }

    /// What one picture starts from.
    ///
    /// - Parameter drawing: Draws standard normal noise `[1, H, W, C]`; asked in diffusers' order,
    ///   and as often, so that the same seed is the same noise.
    package func start(
        drawing: () throws -> Tensor, led: (Tensor) -> Tensor = { $0 }
    ) rethrows -> LatentStart {
        if task == .instruction {
            var start = LatentStart(noise: led(try drawing()))
            start.beside = picture.map { scalesPicture ? autoencoder.scaled($0.mean) : $0.mean }
            return start
        }
        let clean = try picture.map { seen in
            guard let stretched else {
                return autoencoder.scaled(try seen.sampled(drawing: drawing))
            }
            // The middle: noise of the picture's own size would be another.
            return LatentEnlargement.bilinear(
                autoencoder.scaled(seen.mean), height: stretched[1], width: stretched[2])
        }
        var start = LatentStart(noise: led(try drawing()))
        // Without a mask a little of the picture shines through even the most noise.
        start.clean = isWhole && mask != nil ? nil : clean.map { filled($0, start.noise) }
        if let mask, let left {
            start.beside = concatenate(
                [mask, autoencoder.scaled(try left.sampled(drawing: drawing))], axis: 3)
        } else if let mask, let clean {
            if picture?.logVariance != nil { _ = try drawing() }
            start.kept = (clean, mask)
        }
        return start
    }

    /// The picture's latents with what is to lie under the mask.
    private func filled(_ clean: Tensor, _ noise: Tensor) -> Tensor {
        guard let mask else { return clean }
        let outside = clean * mask.affine(-1, 1)
        return switch filling {
        case .picture: clean
        case .noise: outside + noise * mask
        case .nothing: outside
        }
    }
}
