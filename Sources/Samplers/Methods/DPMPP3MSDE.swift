import PinxitPlatform
import PinxitTensors

extension Sampler {
    /// DPM-Solver++ for the stochastic equation, multistep, of the third order. Noise is a walk's.
    ///
    /// Source: k-diffusion `sample_dpmpp_3m_sde` with eta 1.
    public static let dpmpp3MSDE: Sampler = Sampler(
        name: "dpmpp_3m_sde", diffusersClass: nil, title: "DPM++ 3M SDE",
        usualSpacing: .linspace, isMultistep: true,
        plan: { c, spacing, count in
            var plan = c.sigmaPlan(.dpmpp3MSDE, spacing, count)
            for i in plan.steps.indices where plan.steps[i].to.sigma > 0 {
                plan.steps[i].order = min(i + 1, 3)
            }
            plan.walk = plan.extent
            return plan
        },
        begin: { _ in
            var before: [(clean: Tensor, h: Double)] = []  // the latest first
            return { at, _, noise in
                let step = at.step
                guard step.to.sigma > 0 else { return firstOrder(step, at.x, at.clean) }
                let h = log(step.from.place / step.to.place)
                defer { before = [(at.clean, h)] + before.prefix(1) }
                let kept = AncestralShare(step.from, step.to)
                var x = renoised(step, at.x, at.clean, keeping: kept.old)
                for (weight, slope) in slopes(at.clean, before.prefix(step.order - 1), h) {
                    x = blend(1, x, Float(step.to.alpha * weight), slope)
                }
                return blend(1, x, Float(kept.new), noise.between(step.from, step.to))
            }
        })
}

/// What guesses before add to a step of size h, of twice its size in exponents.
private func slopes(
    _ clean: Tensor, _ before: ArraySlice<(clean: Tensor, h: Double)>, _ h: Double
) -> [(weight: Double, slope: Tensor)] {
    guard let last = before.first else { return [] }
    let both = 2 * h
    let second = expm1(-both) / both + 1
    let r0 = last.h / h
    let first = (clean - last.clean) * Float(1 / r0)
    guard before.count > 1, let older = before.last else { return [(second, first)] }
    let r1 = older.h / h
    let bend = blend(1, first, Float(-1 / r1), last.clean - older.clean)
    let third = second / both - 0.5
    return [
        (second, blend(1, first, Float(r0 / (r0 + r1)), bend)),
        (-third, bend * Float(1 / (r0 + r1))),
    ]
}
