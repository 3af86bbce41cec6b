import PinxitTensors

extension Sampler {
    /// Heun's method (Karras et al. 2022, arXiv 2206.00364, algorithm 1 without churn): Euler's
    /// step, then the mean of the slopes at its two ends. Two evaluations a step, one at the last.
    public static let heun: Sampler = Sampler(
        name: "heun", diffusersClass: "HeunDiscreteScheduler", title: "Heun",
        otherNames: ["HeunDiscrete"], usualSpacing: .linspace,
        plan: { c, spacing, count in c.sigmaPlan(.heun, spacing, count) },
        begin: { plan in
            let path = SigmaPath(plan)
            return { at, denoise, _ in
                let (from, to) = (at.step.from, at.step.to)
                let slope = path.slope(at.x, at.clean, from)
                var end = path.moved(at.x, from: from, to: to, slope)
                guard let next = at.next, to.sigma > 0 else { return end }
                end = try at.kept(end, at: to)
                let other = path.slope(end, try denoise(end, next), to)
                return path.moved(at.x, from: from, to: to, blend(0.5, slope, 0.5, other))
            }
        })
}
