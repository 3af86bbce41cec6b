import PinxitTensors

extension Sampler {
    /// Euler's method to a lower noise than the next step's, then new noise up to it (k-diffusion
    /// `sample_euler_ancestral`).
    public static let eulerAncestral: Sampler = .eulerAncestral(eta: 1)

    /// The same with as much new noise as is asked for. Of the name of ``eulerAncestral``, and so
    /// equal to it.
    ///
    /// Like diffusers it draws noise at every step, at the last too, where none is added.
    /// - Parameter eta: 0 is ``euler``, 1 the usual amount.
    public static func eulerAncestral(eta: Double) -> Sampler {
        Sampler(
            name: "euler_a", diffusersClass: "EulerAncestralDiscreteScheduler", title: "Euler a",
            otherNames: ["Euler ancestral"], usualSpacing: .linspace, eta: eta,
            plan: { c, spacing, count in
                var c = c
                // Its class in diffusers, which is not for flows, has none of these; a curve that
                // is asked for is k-diffusion's.
                if !c.isFlow { c.finalSigma = .zero }
                if !c.isFlow, c.askedCurve == nil { c.follow(.normal) }
                return c.eulerPlan(eulerAncestral(eta: eta), spacing, count)
            },
            begin: { plan in
                let down = plan.prediction == .flow ? flowDown : ancestralDown
                return { at, _, drawing in
                    let (step, kept) = (at.step, down(at.step, eta))
                    let new = max(step.to.sigma * step.to.sigma - kept * kept, 0).squareRoot()
                    let x = renoised(step, at.x, at.clean, keeping: kept)
                    return blend(1, x, Float(new), try drawing())
                }
            })
    }
}

/// How much of the old noise stays, of σ' in all (k-diffusion `get_ancestral_step`).
private func ancestralDown(_ step: SamplingStep, _ eta: Double) -> Double {
    let (from, to) = (step.from.ratio, step.to.ratio)
    let up = min(to, eta * (to * to * (from * from - to * to) / (from * from)).squareRoot())
    return (to * to - up * up).squareRoot() * step.to.alpha
}

/// The same for rectified flow: down to σ'(1 + (σ'/σ − 1) eta), then scaled so that the picture's
/// share is right.
private func flowDown(_ step: SamplingStep, _ eta: Double) -> Double {
    let (from, to) = (step.from.sigma, step.to.sigma)
    let down = to * (1 + (to / from - 1) * eta)
    return down * step.to.alpha / (1 - down)
}
