import PinxitTensors

// Every sampler keeps x = α x₀ + σ ε. In these terms DDIM, Euler's method (of variance-exploding
// and of flow models) and the first-order
// step of DPM-Solver++ are one formula, and what differs is the steps it is given.

/// What a sampler tells after each step. `x` is the state, `clean` the model's present guess of the
/// result.
public struct SamplingProgress {
    /// Steps done, and in all.
    public let done: Int
    public let total: Int
    public let x: Tensor
    public let clean: Tensor
}

/// Called after each step; throwing ends the sampling.
public typealias OnStep = (SamplingProgress) throws -> Void

/// x' = α' x₀ + σ' ε: DDIM (Song et al. 2020), equation 12 without noise.
func firstOrder(_ step: SamplingStep, _ x: Tensor, _ clean: Tensor) -> Tensor {
    renoised(step, x, clean, keeping: step.to.sigma)
}

/// x' = α' x₀ + kept · ε, to which new noise may be added.
private func renoised(
    _ step: SamplingStep, _ x: Tensor, _ clean: Tensor, keeping kept: Double
) -> Tensor {
    let keep = kept / step.from.sigma
    return blend(Float(keep), x, Float(step.to.alpha - keep * step.from.alpha), clean)
}

/// Denoising diffusion implicit models (Song et al. 2020).
///
/// - Parameters:
///   - eta: 0 adds no noise, 1 as much as DDPM.
///   - noise: Draws standard normal noise of x's shape; called once a step if eta is above 0.
public func ddim(
    _ plan: SamplingPlan, _ x: Tensor, eta: Double = 0, noise: () throws -> Tensor = unneeded,
    denoise: Denoise, onStep: OnStep = { _ in }
) throws -> Tensor {
    try walk(plan, x, denoise, onStep) { step, x, clean in
        guard eta > 0 else { return firstOrder(step, x, clean) }
        let (from, to) = (step.from, step.to)
        let shrink = 1 - (from.alpha / to.alpha) * (from.alpha / to.alpha)
        let new = eta * to.sigma / from.sigma * max(shrink, 0).squareRoot()
        let kept = max(to.sigma * to.sigma - new * new, 0).squareRoot()
        return blend(1, renoised(step, x, clean, keeping: kept), Float(new), try noise())
    }
}

/// Euler's method (Karras et al. 2022, algorithm 1 without Heun's correction; for flows, the plain
/// step).
public func euler(
    _ plan: SamplingPlan, _ x: Tensor, denoise: Denoise, onStep: OnStep = { _ in }
) throws -> Tensor {
    try walk(plan, x, denoise, onStep, take: firstOrder)
}

/// Euler's method to a lower noise than the next step's, then new noise up to it.
///
/// Like diffusers it draws noise at every step, at the last too, where none is added.
/// - Parameter eta: 0 is ``euler(_:_:denoise:onStep:)``, 1 the usual amount.
public func eulerAncestral(
    _ plan: SamplingPlan, _ x: Tensor, eta: Double = 1, noise: () throws -> Tensor,
    denoise: Denoise, onStep: OnStep = { _ in }
) throws -> Tensor {
    try walk(plan, x, denoise, onStep) { step, x, clean in
        let kept =
            plan.prediction == .flow
            ? flowDown(step, eta: eta) : ancestralDown(step, eta: eta)
        let new = max(step.to.sigma * step.to.sigma - kept * kept, 0).squareRoot()
        return blend(1, renoised(step, x, clean, keeping: kept), Float(new), try noise())
    }
}

/// How much of the old noise stays, of σ' in all (k-diffusion `get_ancestral_step`).
private func ancestralDown(_ step: SamplingStep, eta: Double) -> Double {
    let (from, to) = (step.from.ratio, step.to.ratio)
    let up = min(to, eta * (to * to * (from * from - to * to) / (from * from)).squareRoot())
    return (to * to - up * up).squareRoot() * step.to.alpha
}

/// The same for rectified flow: down to σ'(1 + (σ'/σ − 1) eta), then scaled so that the picture's
/// share is right.
private func flowDown(_ step: SamplingStep, eta: Double) -> Double {
    let (from, to) = (step.from.sigma, step.to.sigma)
    let down = to * (1 + (to / from - 1) * eta)
    return down * step.to.alpha / (1 - down)
}

/// DPM-Solver++ (Lu et al. 2022), multistep of second order with the midpoint rule.
public func dpmpp2M(
    _ plan: SamplingPlan, _ x: Tensor, denoise: Denoise, onStep: OnStep = { _ in }
) throws -> Tensor {
    var index = 0
    var before: (clean: Tensor, step: SamplingStep)?
    return try walk(plan, x, denoise, onStep) { step, x, clean in
        defer {
            before = (clean, step)
            index += 1
        }
        guard plan.secondOrder[index], let before else { return firstOrder(step, x, clean) }
        let h = step.to.logRatio - step.from.logRatio
        let h0 = step.from.logRatio - before.step.from.logRatio
        let weight = Float(h / h0 / 2)
        return firstOrder(step, x, blend(1 + weight, clean, -weight, before.clean))
    }
}

/// Pseudo numerical methods (Liu et al. 2022) without Runge-Kutta steps: PLMS, as Stable Diffusion
/// 1 was released with.
///
/// The first step is taken twice, the second time with the mean of both predictions.
public func pndm(
    _ plan: SamplingPlan, _ x: Tensor, denoise: Denoise, onStep: OnStep = { _ in }
) throws -> Tensor {
    let start = x
    var index = 0
    var history: [Tensor] = []  // predictions, the latest last
    return try walk(plan, x, denoise, onStep) { step, x, clean in
        defer { index += 1 }
        let output = plan.prediction.output(clean: clean, x, step.input)
        let x = index == 1 ? start : x
        if index != 1 { history = history.suffix(3) + [output] }
        let combined = index == 1 ? blend(0.5, output, 0.5, history[0]) : adamsBashforth(history)
        return firstOrder(step, x, plan.prediction.clean(combined, x, step.from))
    }
}

private func adamsBashforth(_ history: [Tensor]) -> Tensor {
    let weights: [Float] =
        switch history.count {
        case 1: [1]
        case 2: [-1 / 2, 3 / 2]
        case 3: [5 / 12, -16 / 12, 23 / 12]
        default: [-9 / 24, 37 / 24, -59 / 24, 55 / 24]
        }
    var sum = history[0] * weights[0]
    for i in history.indices.dropFirst() { sum = blend(1, sum, weights[i], history[i]) }
    return sum
}

/// The loop all samplers share: ask the model, take the step, tell.
private func walk(
    _ plan: SamplingPlan, _ start: Tensor, _ denoise: Denoise, _ onStep: OnStep,
    take: (SamplingStep, Tensor, Tensor) throws -> Tensor
) throws -> Tensor {
    var x = start
    for (index, step) in plan.steps.enumerated() {
        let clean = try denoise(x, step)
        x = try take(step, x, clean)
        try onStep(
            SamplingProgress(done: index + 1, total: plan.steps.count, x: x, clean: clean))
    }
    return x
}

/// For samplers that draw no noise.
public func unneeded() -> Tensor {
    preconditionFailure("this sampler was given no source of noise")
}
