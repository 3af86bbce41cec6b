import PinxitTensors

extension Sampler {
    /// Pseudo numerical methods (Liu et al. 2022, arXiv 2202.09778) without Runge-Kutta steps:
    /// PLMS, as Stable Diffusion 1 was released with.
    ///
    /// The first step is taken twice, the second time with the mean of the predictions at its two
    /// ends. A plan from the middle has no such step and begins with Euler's; the rest is the same.
    public static let pndm: Sampler = Sampler(
        name: "pndm", diffusersClass: "PNDMScheduler", title: "PLMS", usualSpacing: .leading,
        isMultistep: true,
        plan: { c, spacing, count in
            if c.isFlow { return Sampler.ddim.plan(c, spacing, count) }
            var c = c
            c.rescaleBetasZeroSNR = false  // Its class in diffusers has no such setting.
            return SamplingPlan(
                sampler: .pndm, prediction: c.prediction, steps: c.pndmSteps(spacing, count))
        },
        entering: { $0.sampler == .pndm ? $0.pndm(from: $1) : $0.starting(at: $1) },
        begin: { plan in
            let prediction = plan.prediction
            var history: [Tensor] = []  // predictions, the latest last
            var start: Tensor?  // the x of the latest
            return { at, _, _ in
                let step = at.step
                let output = prediction.output(clean: at.clean, at.x, step.input)
                if step.repeatedFrom != nil, let start, let first = history.last {
                    let mean = blend(0.5, output, 0.5, first)
                    return firstOrder(step, start, prediction.clean(mean, start, step.from))
                }
                history = history.suffix(3) + [output]
                start = at.x
                let combined = adamsBashforth(Array(history.suffix(step.order)))
                return firstOrder(step, at.x, prediction.clean(combined, at.x, step.from))
            }
        })
}

/// The linear multistep formula of as many predictions as there are, one to four, the latest last.
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

extension SamplingPlan {
    /// The plan from a step on as diffusers takes it: whatever step comes second repeats the first,
    /// so that x lags one step behind what the network is told of it.
    ///
    /// For image to image; ``starting(at:)`` is free of the lag.
    fileprivate func pndm(from index: Int) -> SamplingPlan {
        guard index > 0 else { return self }
        var plan = self
        plan.steps = Array(steps[index...])
        for i in plan.steps.indices { plan.steps[i].order = max(1, min(i, 4)) }
        // What would take the dropped first step again is a step of its own.
        if index == 1, steps.count > 2 { plan.steps[0] = steps[2] }
        plan.steps[0].order = 1
        guard plan.steps.count > 1 else { return plan }
        plan.steps[1].to = plan.steps[1].input
        // A stride above, whatever the spacing: the first step may have begun elsewhere.
        plan.steps[1].repeatedFrom = plan.steps[1].above
        plan.steps[1].order = 2
        return plan
    }
}

extension SchedulerConfiguration {
    /// diffusers `scheduling_pndm.py` with `skip_prk_steps`.
    fileprivate func pndmSteps(_ spacing: TimestepSpacing, _ count: Int) -> [SamplingStep] {
        let alphas = NoiseSchedule(self).cumulativeAlphas
        let last = (setAlphaToOne ?? false) ? 1 : alphas[0]
        let stride = trainTimesteps / count
        func level(_ t: Int) -> NoiseLevel {
            NoiseLevel(cumulativeAlpha: t >= 0 ? alphas[t] : last)
        }
        let times = timesteps(spacing, count)
            .map { $0.rounded(.toNearestOrEven).clamped(to: alphas) }
        var steps = times.enumerated().map { index, t -> SamplingStep in
            var step = SamplingStep(
                timestep: Float(t), input: level(t), to: level(t - stride),
                order: min(index + 1, 4))
            step.above = level(Double(t + stride).clamped(to: alphas))
            return step
        }
        guard count > 1 else { return steps }
        var again = steps[1]
        (again.repeatedFrom, again.to, again.order) = (again.above, again.input, 2)
        steps.insert(again, at: 1)
        return steps
    }
}
