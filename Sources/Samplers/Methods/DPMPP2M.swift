import PinxitTensors

extension Sampler {
    /// DPM-Solver++ (Lu et al. 2022, arXiv 2211.01095, algorithm 2), multistep of second order with
    /// the midpoint rule.
    public static let dpmpp2M: Sampler = Sampler(
        name: "dpmpp_2m", diffusersClass: "DPMSolverMultistepScheduler", title: "DPM++ 2M",
        usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var steps = c.isFlow ? c.flowSteps(count) : c.solverSteps(spacing, count)
            for i in steps.indices where c.isSecondOrder(i, of: count) { steps[i].order = 2 }
            return SamplingPlan(sampler: .dpmpp2M, prediction: c.prediction, steps: steps)
        },
        begin: { _ in
            var before: (clean: Tensor, step: SamplingStep)?
            return { at, _, _ in
                let (step, clean) = (at.step, at.clean)
                defer { before = (clean, step) }
                guard step.order > 1, let before else { return firstOrder(step, at.x, clean) }
                let h = step.to.logRatio - step.from.logRatio
                let h0 = step.from.logRatio - before.step.from.logRatio
                let weight = Float(h / h0 / 2)
                return firstOrder(step, at.x, blend(1 + weight, clean, -weight, before.clean))
            }
        })
}

extension SchedulerConfiguration {
    /// Whether a step looks at the one before: not the first, nor the last before no noise or of
    /// few.
    fileprivate func isSecondOrder(_ index: Int, of count: Int) -> Bool {
        let endsLow = eulerAtFinal || (lowerOrderFinal && count < 15) || finalSigma == .zero
        return solverOrder > 1 && index > 0 && !(index == count - 1 && endsLow)
    }

    /// diffusers `scheduling_dpmsolver_multistep.py`.
    fileprivate func solverSteps(_ spacing: TimestepSpacing, _ count: Int) -> [SamplingStep] {
        let ratios = NoiseSchedule(self).ratios
        var times = solverTimesteps(spacing, count)
        var levels = times.map { ratios.interpolated(at: $0) }
        if useKarrasSigmas {
            levels = karras(from: ratios[ratios.count - 1], to: ratios[0], count)
            times = levels.map { level in
                let t = ratios.time(of: level)
                return betaSchedule == .squaredCosine
                    ? t.rounded(.down) : t.rounded(.toNearestOrEven)
            }
        }
        let end = finalSigma == .zero ? 0 : ratios[0]
        return [SamplingStep](times: times, ratios: levels + [end])
    }
}
