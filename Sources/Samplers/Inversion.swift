import PinxitTensors

extension SamplingPlan {
    /// The noise that would become given latents: the model's ordinary differential equation, which
    /// samplers without noise of their own follow, solved from its end to its start ("DDIM
    /// inversion", Song et al. 2020, arXiv 2010.02502, section 4.3).
    ///
    /// With u = x / (α + σ) and s = σ / (α + σ) every schedule's path is a flow's, u = (1 − s) x₀ +
    /// s ε, and du/ds = ε − x₀ = (u − x₀(x)) / s with the model's guess x₀(x). Between the plan's
    /// levels Heun's rule is taken, whose error falls with the square of their number. Where the
    /// last step ends s is 0 and the model knows no slope: that step's first-order formula is
    /// undone instead, by iterating towards the u that it leads from.
    ///
    /// - Parameters:
    ///   - latents: What ``sample(_:drawing:seed:noise:afterStep:denoise:onStep:)`` should give.
    ///   - denoise: The model; asked twice a step, and once more.
    /// - Returns: Noise for ``start(from:)``, of the latents' shape in f32.
    public func inverted(_ latents: Tensor, denoise: Denoise) throws -> Tensor {
        let steps = steps.filter { $0.repeatedFrom == nil }
        let last = steps[steps.count - 1]
        func slope(_ u: Tensor, _ step: SamplingStep) throws -> Tensor {
            let (scale, place) = (step.input.alpha + step.input.sigma, step.input.share)
            let clean = try denoise(u * Float(scale), step)
            return blend(Float(1 / place), u, Float(-1 / place), clean)
        }
        let end = last.to
        var u = latents * Float(1 / (finalScale * (end.alpha + end.sigma)))
        u = try undone(last, u, slope)
        for (step, below) in zip(steps, steps.dropFirst()).reversed() {
            let way = step.input.share - below.input.share
            let first = try slope(u, below)
            let second = try slope(blend(1, u, Float(way), first), step)
            u = blend(1, u, 1, blend(Float(way / 2), first, Float(way / 2), second))
        }
        let start = steps[0].input
        return u * Float((start.alpha + start.sigma) / initialScale)
    }

    /// du/ds at a step's input.
    private typealias Slope = (_ u: Tensor, _ step: SamplingStep) throws -> Tensor

    /// The u from which a step of first order leads to `end`.
    private func undone(_ step: SamplingStep, _ end: Tensor, _ slope: Slope) throws -> Tensor {
        let way = Float(step.input.share - step.to.share)
        return try (0..<3).reduce(end) { u, _ in blend(1, end, way, try slope(u, step)) }
    }
}

extension NoiseLevel {
    /// The part of noise, s of a flow's path: 0 for the picture, 1 for noise.
    fileprivate var share: Double { sigma / (alpha + sigma) }
}
