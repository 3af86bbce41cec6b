import PinxitTensors

// In terms of x = α x₀ + σ ε DDIM, Euler's method (of variance-exploding and of flow models) and
// the first-order step of DPM-Solver++ are one formula, and what differs is the steps it is given.

/// x' = α' x₀ + σ' ε: DDIM (Song et al. 2020), equation 12 without noise.
///
/// - Parameters:
///   - x: At the step's start.
///   - clean: x₀, or what a higher order makes of several guesses of it.
public func firstOrder(_ step: SamplingStep, _ x: Tensor, _ clean: Tensor) -> Tensor {
    renoised(step, x, clean, keeping: step.to.sigma)
}

/// x' = α' x₀ + kept · ε, to which new noise may be added.
func renoised(
    _ step: SamplingStep, _ x: Tensor, _ clean: Tensor, keeping kept: Double
) -> Tensor {
    let keep = kept / step.from.sigma
    return blend(Float(keep), x, Float(step.to.alpha - keep * step.from.alpha), clean)
}
