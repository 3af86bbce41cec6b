import PinxitTensors

extension Sampler {
    /// DPM-Solver-2 as k-diffusion takes it (Karras et al. 2022, algorithm 2): the slope in the
    /// middle of the logarithms of σ. Two evaluations a step, one at the last.
    public static let dpm2: Sampler = Sampler(
        name: "dpm2", diffusersClass: "KDPM2DiscreteScheduler", title: "DPM2",
        otherNames: ["KDPM2Discrete", "KDPM 2"], usualSpacing: .linspace,
        plan: { c, spacing, count in
            c.middlePlan(.dpm2, spacing, count) { from, to in (from * to).squareRoot() }
        },
        begin: { plan in
            let path = SigmaPath(plan)
            return { at, denoise, _ in
                try throughMiddle(path, at, denoise, to: at.step.to)
            }
        })

    /// The same to a lower noise than the next step's, then new noise up to it.
    public static let dpm2Ancestral: Sampler = Sampler(
        name: "dpm2_a", diffusersClass: "KDPM2AncestralDiscreteScheduler", title: "DPM2 a",
        otherNames: ["KDPM2AncestralDiscrete", "DPM2 ancestral", "KDPM 2 a"],
        usualSpacing: .linspace,
        plan: { c, spacing, count in
            c.middlePlan(.dpm2Ancestral, spacing, count) { [isFlow = c.isFlow] from, to in
                (from * ancestral(from, to, isFlow).down).squareRoot()
            }
        },
        begin: { plan in
            let path = SigmaPath(plan)
            return { at, denoise, drawing in
                let (from, to) = (path.place(at.step.from), path.place(at.step.to))
                guard to > 0 else { return try throughMiddle(path, at, denoise, to: at.step.to) }
                let (down, up) = ancestral(from, to, path.isFlow)
                let x = try throughMiddle(path, at, denoise, to: path.level(down))
                // Back to the picture's share at the level above, and noise to it.
                let alpha = at.step.to.alpha
                return blend(
                    Float(alpha / path.level(down).alpha), x,
                    Float(path.isFlow ? up : alpha * up), try drawing())
            }
        })
}

/// The place to go down to, and how much noise is new in σ' in all (k-diffusion
/// `get_ancestral_step`; for a flow as ``Sampler/eulerAncestral`` does).
private func ancestral(
    _ from: Double, _ to: Double, _ isFlow: Bool
) -> (down: Double, up: Double) {
    guard !isFlow else {
        let down = to * to / from
        let kept = down * (1 - to) / (1 - down)
        return (down, max(to * to - kept * kept, 0).squareRoot())
    }
    let up = (to * to * (from * from - to * to) / (from * from)).squareRoot()
    return ((to * to - up * up).squareRoot(), up)
}

/// A step along the slope at its middle; along that at its start where there is no middle.
private func throughMiddle(
    _ path: SigmaPath, _ at: SamplingPoint, _ denoise: Denoise, to end: NoiseLevel
) throws -> Tensor {
    let from = at.step.from
    let slope = path.slope(at.x, at.clean, from)
    guard let middle = at.step.middle else {
        return path.moved(at.x, from: from, to: end, slope)
    }
    let half = try at.kept(
        path.moved(at.x, from: from, to: middle.input, slope), at: middle.input)
    let clean = try denoise(
        half, SamplingStep(timestep: middle.timestep, input: middle.input, to: end))
    return path.moved(at.x, from: from, to: end, path.slope(half, clean, middle.input))
}

extension SchedulerConfiguration {
    /// The plan of a sampler that evaluates in the middle of its steps too, but the last's.
    fileprivate func middlePlan(
        _ sampler: Sampler, _ spacing: TimestepSpacing, _ count: Int,
        _ middle: (_ from: Double, _ to: Double) -> Double
    ) -> SamplingPlan {
        var plan = sigmaPlan(sampler, spacing, count)
        let path = SigmaPath(plan)
        let ratios = NoiseSchedule(ofSigmaPath).ratios
        for i in plan.steps.indices {
            let step = plan.steps[i]
            if useKarrasSigmas, !isFlow {
                plan.steps[i].timestep = step.timestep.rounded(.toNearestOrEven)
            }
            guard i < plan.steps.count - 1, step.to.sigma > 0 else { continue }
            let place = Double(Float(middle(path.place(step.from), path.place(step.to))))
            let time = isFlow ? place * Double(trainTimesteps) : ratios.time(of: place)
            plan.steps[i].middle = SamplingStep.Evaluation(
                timestep: Float(time), input: path.level(place))
            plan.steps[i].order = 2
        }
        return plan
    }
}
