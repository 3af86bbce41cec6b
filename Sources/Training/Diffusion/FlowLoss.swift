import PinxitPlatform
import PinxitStableDiffusion
import PinxitTensors

extension SplitMix64 {
    /// A time of a flow, above 0 for the latents and below 1 for the noise, whose logit is normal
    /// with deviation 1 (Esser et al. 2024, section 3.1).
    ///
    /// - Parameter mean: Of the logits.
    mutating func flowTime(mean: Float) -> Float { 1 / (1 + expf(-(mean + normal()))) }
}

/// The mean squared error of the velocity at given times.
///
/// - Parameters:
///   - x0, noise: `[batch, height, width, channels]` in f32.
///   - times: One a sample, 0 for the latents to 1 for the noise.
///   - context: `[batch, tokens, features]`.
///   - added: `[batch, features]`, if the denoiser takes them.
func flowLoss(
    _ denoiser: some Denoiser, x0: Tensor, noise: Tensor, times: [Float], context: Tensor,
    added: Tensor? = nil, precision: ElementType
) throws(CancellationError) -> Tensor {
    let t = Tensor(times, shape: [times.count, 1, 1, 1])
    let xt = x0 + t * (noise - x0)
    let velocity = try denoiser(
        xt.cast(to: precision), timesteps: times.map { $0 * 1000 }, context: context,
        added: added)
    return (velocity.cast(to: .f32) - (noise - x0)).squared.mean()
}
