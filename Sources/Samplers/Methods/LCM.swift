import PinxitTensors

extension Sampler {
    /// Latent consistency models (Luo et al. 2023, arXiv 2310.04378): every step guesses the
    /// result, and new noise leads from the guess to the next step's level.
    ///
    /// For models distilled to it, in 1 to 8 steps; diffusers `scheduling_lcm.py`.
    public static let lcm: Sampler = Sampler(
        name: "lcm", diffusersClass: "LCMScheduler", title: "LCM", usualSpacing: .leading,
        mostSteps: { $0.distilledCount },
        plan: { c, _, count in
            if c.isFlow { return Sampler.euler.plan(c, .linspace, count) }
            var plan = SamplingPlan(
                sampler: .lcm, prediction: c.prediction, steps: c.distilledSteps(count))
            plan.steps[count - 1].to = .clean
            plan.boundaryScale = c.timestepScaling
            return plan
        },
        begin: { plan in
            { at, _, drawing in
                let (skip, out) = boundary(Double(at.step.timestep) * plan.boundaryScale)
                let guess = blend(Float(out), at.clean, Float(skip), at.x)
                guard at.next != nil else { return guess }
                let to = at.step.to
                return blend(Float(to.alpha), guess, Float(to.sigma), try drawing())
            }
        })
}

/// The shares of x and of the guess in a consistency function, which is x itself at time 0 (Song et
/// al. 2023, arXiv 2303.01469, equation 5, with diffusers' σ_data).
private func boundary(_ time: Double) -> (skip: Double, out: Double) {
    let data = 0.5 * 0.5
    let power = time * time + data
    return (data / power, time / power.squareRoot())
}

extension SchedulerConfiguration {
    /// Steps at some of the ``originalSteps`` that a few-step model was distilled at, each to the
    /// next's level, the last to that of time 0.
    func distilledSteps(_ count: Int) -> [SamplingStep] {
        let alphas = NoiseSchedule(self, keepingLastAboveZero: false).cumulativeAlphas
        let times = distilledTimes(count)
        return times.indices.map { i in
            let to = i + 1 < count ? times[i + 1] : 0
            return SamplingStep(
                timestep: Float(times[i]), input: NoiseLevel(cumulativeAlpha: alphas[times[i]]),
                to: NoiseLevel(cumulativeAlpha: alphas[to]))
        }
    }

    private func distilledTimes(_ count: Int) -> [Int] {
        if let times = distilledTimesteps, times.count == count, distilledShare == 1,
            times.allSatisfy((0..<trainTimesteps).contains)
        {
            return times
        }
        let stride = trainTimesteps / originalSteps
        return (0..<count).map { i in
            // The original steps from the last down; of these an even selection.
            let place = Int(Double(i) * (Double(distilledCount) / Double(count)))
            return (distilledCount - place) * stride - 1
        }
    }
}
