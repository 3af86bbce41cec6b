extension Sampler {
    /// Euler's method (Karras et al. 2022, arXiv 2206.00364, algorithm 1 without Heun's correction;
    /// for flows, the plain step).
    public static let euler: Sampler = Sampler(
        name: "euler", diffusersClass: "EulerDiscreteScheduler", title: "Euler",
        otherNames: ["EulerDiscrete"], usualSpacing: .linspace,
        plan: { c, spacing, count in c.eulerPlan(.euler, spacing, count) },
        begin: { _ in { at, _, _ in firstOrder(at.step, at.x, at.clean) } })
}

extension SchedulerConfiguration {
    /// The plan of Euler's methods (diffusers `scheduling_euler_discrete.py`).
    func eulerPlan(_ sampler: Sampler, _ spacing: TimestepSpacing, _ count: Int) -> SamplingPlan {
        if isFlow {
            return SamplingPlan(
                sampler: sampler, prediction: prediction, steps: flowSteps(count))
        }
        if let edm { return edmPlan(edm, sampler, count) }
        let ratios = NoiseSchedule(self).ratios
        var times = timesteps(spacing, count, inDouble: sampler == .dpmppSDE)
        var levels = times.map { ratios.interpolated(at: $0) }
        if let curve = curve(from: levels[0], to: levels[levels.count - 1], count) {
            levels = curve
            times = levels.map { ratios.time(of: $0) }
        }
        var end = finalSigma == .zero ? 0 : ratios[0]
        let layout = layout(ratios, count)
        if let layout { (times, levels, end) = (layout.times, layout.levels, layout.end) }
        var plan = SamplingPlan(
            sampler: sampler, prediction: prediction,
            steps: [SamplingStep](times: times, ratios: levels + [end]),
            scalesNoise: spacing != .leading || layout != nil)
        // This class works on x / alpha.
        plan.finalScale = 1 / NoiseLevel(ratio: end).alpha
        return plan
    }
}
