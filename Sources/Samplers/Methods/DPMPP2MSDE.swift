import PinxitPlatform
import PinxitTensors

extension Sampler {
    /// DPM-Solver++ for the stochastic equation (Lu et al. 2022, arXiv 2211.01095, section 6),
    /// multistep: steps of ``dpmpp2M`` that draw new noise, at the last too, where none is added.
    public static let dpmpp2MSDE: Sampler = Sampler(
        name: "dpmpp_2m_sde", diffusersClass: "DPMSolverMultistepScheduler",
        title: "DPM++ 2M SDE", usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var plan = Sampler.dpmpp2M.plan(c, spacing, count)
            plan.sampler = .dpmpp2MSDE
            return plan
        },
        begin: { plan in
            var before: [GuessBefore] = []  // the latest last
            return { at, _, drawing in
                let step = at.step
                defer { before = before.suffix(1) + [GuessBefore(clean: at.clean, step: step)] }
                let h = step.to.logRatio - step.from.logRatio
                let share = -expm1(-2 * h)
                let order = min(step.order, before.count + 1)
                let linear = (share / (-2 * h) + 1) / share
                let guess = combined(
                    step, at.clean, before.suffix(order - 1).reversed(),
                    SlopeWeights(
                        second: plan.solverType == .midpoint ? 0.5 : linear, linear: linear,
                        quadratic: ((share - 2 * h) / (4 * h * h) - 0.5) / share))
                let kept = step.to.sigma / step.from.sigma * exp(-h)
                let x = blend(Float(kept), at.x, Float(step.to.alpha * share), guess)
                return blend(1, x, Float(step.to.sigma * share.squareRoot()), try drawing())
            }
        })
}
