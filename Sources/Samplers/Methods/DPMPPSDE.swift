import PinxitPlatform
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
            var plan = c.sigmaPlan(.dpmppSDE, spacing, count, boundsKarras: false)
            let ratios = NoiseSchedule(c.ofSigmaPath).ratios
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
            plan.walkSeed = c.walkSeed
            return plan
        },
        begin: { _ in
            { at, denoise, noise in
                let step = at.step
                guard let middle = step.middle else { return firstOrder(step, at.x, at.clean) }
                let walk = WalkPlaces(step.from, step.to)
                func taken(_ clean: Tensor, to level: NoiseLevel, at place: Double) -> Tensor {
                    let kept = AncestralShare(step.from, level)
                    var part = step
                    part.to = level
                    return blend(
                        1, renoised(part, at.x, clean, keeping: kept.old), Float(kept.new),
                        noise.between(walk.start, place))
                }
                let half = try at.kept(
                    taken(at.clean, to: middle.input, at: walk.middle), at: middle.input)
                let clean = try denoise(
                    half,
                    SamplingStep(timestep: middle.timestep, input: middle.input, to: step.to))
                return taken(clean, to: step.to, at: walk.end)
            }
        })
}

/// Where the walk is looked at: by way of logarithms in single precision as in k-diffusion, whose
/// last digits lead elsewhere, for a walk goes far in little time.
private struct WalkPlaces {
    let start: Double
    let middle: Double
    let end: Double

    init(_ from: NoiseLevel, _ to: NoiseLevel) {
        func time(_ level: NoiseLevel) -> Float { -Float(log(Double(Float(level.place)))) }
        func place(_ time: Float) -> Double { Double(Float(exp(Double(-time)))) }
        let (first, last) = (time(from), time(to))
        start = place(first)
        middle = place(first + (last - first) / 2)
        end = place(last)
    }
}
