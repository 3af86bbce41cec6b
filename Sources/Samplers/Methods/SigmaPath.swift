import PinxitTensors

// k-diffusion's samplers follow an ordinary differential equation in the coordinates of Karras et
// al. 2022 (arXiv 2206.00364, equation 1 with s = 1): x / α over σ / α, where the slope is the
// noise. On a flow's path they are x over σ, where the slope is ε − x₀.

/// Where a step of such a sampler goes.
struct SigmaPath: Sendable {
    let isFlow: Bool

    init(isFlow: Bool) { self.isFlow = isFlow }

    init(_ plan: SamplingPlan) { self.init(isFlow: plan.prediction == .flow) }

    /// The coordinate of a level.
    func place(_ level: NoiseLevel) -> Double { isFlow ? level.sigma : level.ratio }

    /// The level at a coordinate.
    func level(_ place: Double) -> NoiseLevel {
        isFlow ? NoiseLevel(flow: place) : NoiseLevel(ratio: place)
    }

    /// The slope at x, of which `clean` is the guess of the result.
    func slope(_ x: Tensor, _ clean: Tensor, _ level: NoiseLevel) -> Tensor {
        let (alpha, sigma) = (isFlow ? 1 : level.alpha, level.sigma)
        return blend(Float(1 / sigma), x, Float(-alpha / sigma), clean)
    }

    /// x moved to another level along a slope.
    func moved(_ x: Tensor, from: NoiseLevel, to: NoiseLevel, _ slope: Tensor) -> Tensor {
        moved(x, from: from, to: to, by: [(place(to) - place(from), slope)])
    }

    /// x brought to another level with so much of each slope added on the way.
    func moved(
        _ x: Tensor, from: NoiseLevel, to: NoiseLevel, by slopes: [(weight: Double, slope: Tensor)]
    ) -> Tensor {
        let scale = isFlow ? 1 : to.alpha
        var y = isFlow ? x : x * Float(to.alpha / from.alpha)
        for (weight, slope) in slopes { y = blend(1, y, Float(scale * weight), slope) }
        return y
    }
}

extension SchedulerConfiguration {
    /// What the samplers of k-diffusion in diffusers heed of it: on no flow their classes know
    /// neither noise that is left nor zero terminal SNR.
    var ofSigmaPath: SchedulerConfiguration {
        guard !isFlow else { return self }
        var c = self
        (c.finalSigma, c.rescaleBetasZeroSNR) = (.zero, false)
        return c
    }

    /// The plan of a sampler of k-diffusion in diffusers: Euler's, of what is heeded.
    ///
    /// - Parameter boundsKarras: Whether its class lays Karras' levels between ``sigmaMin`` and
    ///   ``sigmaMax``; else those of all curves but Karras'.
    func sigmaPlan(
        _ sampler: Sampler, _ spacing: TimestepSpacing, _ count: Int, boundsKarras: Bool = true
    ) -> SamplingPlan {
        var c = ofSigmaPath
        if !boundsKarras, useKarrasSigmas { (c.sigmaMin, c.sigmaMax) = (nil, nil) }
        return c.eulerPlan(sampler, spacing, count)
    }
}
