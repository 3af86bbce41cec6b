import PinxitAutograd
import PinxitTensors

/// The gradient penalty E ‖∇x D(x)‖² of Mescheder et al. 2018 (R1 on real pictures, R2 on fakes),
/// by differences.
///
/// Its gradient needs second derivatives. Along the unit vector u of g = ∇x D, the derivative of D
/// is ‖g‖, so with g held fixed the gradient of ½‖g‖² with respect to the weights is that of ‖g‖
/// (D(x + hu) - D(x - hu)) / 2h, up to h²: two more evaluations and ordinary gradients. D must be
/// smooth.
struct GradientPenalty {
    /// Its gradient is that of half the penalty, and so nearly is, twice over, its value.
    let loss: Tensor
    /// E ‖∇x D(x)‖²
    let value: Float

    /// - Parameters:
    ///   - x: `[batch, …]` in f32.
    ///   - distance: h, the Euclidean distance of a whole picture.
    ///   - frozen: D without its parameters' tape, asked for g: `[batch]` verdicts on each of the
    ///     batch.
    ///   - discriminator: D, asked for both sides at once: `[2 batch]` verdicts on two batches.
    init(
        at x: Tensor, distance: Float, frozen: (Tensor) -> Tensor,
        discriminator: (Tensor) -> Tensor
    ) {
        let batch = x.shape[0]
        let leaf = x.detached.tracked()
        let g = gradients(of: frozen(leaf).sum(), withRespectTo: [leaf])[0] ?? .zeros(x.shape)
        let flat = g.reshaped([batch, -1])
        let norms = flat.squared.sum(axis: 1).sqrt
        let step = (flat / (norms + 1e-12).reshaped([batch, 1]) * distance).reshaped(x.shape)
        let origin = x.detached
        let verdicts = discriminator(concatenate([origin + step, origin - step], axis: 0))
        let (ahead, behind) = (
            verdicts.sliced(axis: 0, 0..<batch), verdicts.sliced(axis: 0, batch..<2 * batch)
        )
        loss = ((ahead - behind) * norms).sum() * (1 / (2 * distance * Float(batch)))
        value = norms.squared.mean().item
    }
}
