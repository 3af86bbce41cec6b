import PinxitTensors

extension Sampler {
    /// Trajectory consistency distillation (Zheng et al. 2024, arXiv 2402.19159) without new noise:
    /// what diffusers' pipelines tell its scheduler unless they are told an eta.
    public static let tcd: Sampler = .tcd(eta: 0)

    /// Strategic stochastic sampling: every step leads below the next step's level, and new noise
    /// back up to it. Of the name of ``tcd``, and so equal to it.
    ///
    /// For models distilled to it; diffusers `scheduling_tcd.py`. Its last step ends at the noise
    /// of time 0, which is not quite none.
    /// - Parameter eta: γ in the paper: 0 adds no noise and draws none, 1 goes down to time 0
    ///   before every step.
    public static func tcd(eta: Double) -> Sampler {
        Sampler(
            name: "tcd", diffusersClass: "TCDScheduler", title: "TCD", usualSpacing: .leading,
            eta: eta,
            mostSteps: { $0.originalSteps },
            plan: { c, _, count in
                if c.isFlow { return Sampler.euler.plan(c, .linspace, count) }
                let alphas = NoiseSchedule(c, keepingLastAboveZero: false).cumulativeAlphas
                var plan = SamplingPlan(
                    sampler: tcd(eta: eta), prediction: c.prediction,
                    steps: c.distilledSteps(count))
                precondition((0...1).contains(eta), "eta is from 0 to 1, not \(eta)")
                for i in plan.steps.indices.dropLast() {
                    // In single precision, as diffusers multiplies.
                    let below = (Float(1 - eta) * plan.steps[i + 1].timestep).rounded(.down)
                    plan.steps[i].to = NoiseLevel(cumulativeAlpha: alphas[Int(below)])
                }
                return plan
            },
            begin: { _ in
                { at, _, drawing in
                    let x = firstOrder(at.step, at.x, at.clean)
                    guard eta > 0, let next = at.next?.input else { return x }
                    let share = next.alpha / at.step.to.alpha
                    let new = max(1 - share * share, 0).squareRoot()
                    return blend(Float(share), x, Float(new), try drawing())
                }
            })
    }
}
