import PinxitPlatform
import PinxitTensors

/// How far a reconstruction is from its picture: absolute differences at three scales, and of the
/// edges.
///
/// Averages alone make blur; the pyramid keeps large shapes in place and the gradients keep lines
/// sharp.
/// - Parameters:
///   - rebuilt, pictures: `[batch, height, width, channels]`, height and width divisible by four.
///   - squared: Weight of the squared differences.
func reconstructionLoss(
    _ rebuilt: Tensor, _ pictures: Tensor, squared: Float = 0
) -> Tensor {
    let difference = rebuilt.cast(to: .f32) - pictures.cast(to: .f32)
    let half = difference.averagePooled2()
    let quarter = half.averagePooled2()
    let loss =
        difference.abs.mean() + (half.abs.mean() + quarter.abs.mean()) * 0.25
        + (edges(difference, axis: 1).abs.mean() + edges(difference, axis: 2).abs.mean()) * 0.125
    return squared > 0 ? loss + difference.squared.mean() * squared : loss
}

/// Differences of neighbours along a dimension.
private func edges(_ x: Tensor, axis: Int) -> Tensor {
    let size = x.shape[axis]
    return x.sliced(axis: axis, 1..<size) - x.sliced(axis: axis, 0..<size - 1)
}

/// Pulls each latent channel towards mean 0 and variance 1, so that the diffusion model meets them
/// all at one scale.
///
/// - Parameters:
///   - latents: `[batch, height, width, channels]`.
///   - ranks: Who have the batch's other samples.
func latentMomentsLoss(_ latents: Tensor, _ ranks: Ranks = .alone) -> Tensor {
    let z = latents.cast(to: .f32).reshaped([-1, latents.shape[3]])
    let mean = ranks.mean(z.mean(axis: 0))
    // A variance does not change with the mean that is taken away.
    let variance = ranks.mean((z - mean.detached).squared.mean(axis: 0))
    return mean.squared.mean() + (variance - 1).squared.mean()
}

/// Kullback–Leibler divergence from the standard normal distribution, a mean over all latents
/// (Kingma & Welling 2013).
func divergenceLoss(mean: Tensor, logVariance: Tensor) -> Tensor {
    let (m, v) = (mean.cast(to: .f32), logVariance.cast(to: .f32))
    return (m.squared + v.exp - v - 1).mean() * 0.5
}

/// Peak signal-to-noise ratio in decibels of pictures in [-1, 1].
func peakSignalToNoise(_ rebuilt: Tensor, _ pictures: Tensor) -> Float {
    let difference = rebuilt.cast(to: .f32).clamped(-1, 1) - pictures.cast(to: .f32)
    return 10 * log10f(4 / max(difference.squared.mean().item, 1e-12))
}
