import PinxitTensors

extension Sampler {
    /// DPM-Solver++ for the stochastic equation, of two evaluations a step: a step to the middle of
    /// the logarithms of σ, then the whole step by what was seen there. Noise is a walk's.
    ///
    /// Source: k-diffusion `sample_dpmpp_sde` with eta 1 and r 1/2.
    public static let dpmppSDE: Sampler = Sampler(
        name: "dpmpp_sde", diffusersClass: "DPMSolverSDEScheduler", title: "DPM++ SDE",
        otherNames: ["DPMSolverSDE"], usualSpacing: .linspace,
        plan: { c, spacing, count in
            var plan = c.sigmaPlan(.dpmppSDE, spacing, count)
            let ratios = NoiseSchedule(c).ratios
            for i in plan.steps.indices {
                let step = plan.steps[i]
                guard step.to.sigma > 0 else { continue }
                let place = (step.from.place * step.to.place).squareRoot()
                let level =
                    c.isFlow
                    ? NoiseLevel(flow: place / (1 + place)) : NoiseLevel(ratio: place)
                let time =
                    c.isFlow ? level.sigma * Double(c.trainTimesteps) : ratios.time(of: place)
                plan.steps[i].middle = SamplingStep.Evaluation(
                    timestep: Float(time), input: level)
                plan.steps[i].order = 2
            }
            plan.walk = plan.extent
            return plan
        },
        begin: { _ in
            { at, denoise, noise in
                let step = at.step
                guard let middle = step.middle else { return firstOrder(step, at.x, at.clean) }
                func taken(_ clean: Tensor, to level: NoiseLevel) -> Tensor {
                    let kept = AncestralShare(step.from, level)
                    var part = step
                    part.to = level
                    return blend(
                        1, renoised(part, at.x, clean, keeping: kept.old), Float(kept.new),
                        noise.between(step.from, level))
                }
                let half = taken(at.clean, to: middle.input)
                let clean = try denoise(
                    half,
                    SamplingStep(timestep: middle.timestep, input: middle.input, to: step.to))
                return taken(clean, to: step.to)
            }
        })
}
