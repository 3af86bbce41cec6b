import PinxitTensors

extension Sampler {
    /// Denoising diffusion implicit models (Song et al. 2020, arXiv 2010.02502) without noise.
    public static let ddim: Sampler = .ddim(eta: 0)

    /// Denoising diffusion implicit models, equations 12 and 16, with as much new noise as is asked
    /// for. Of the name of ``ddim``, and so equal to it.
    ///
    /// - Parameter eta: 0 adds no noise and draws none, 1 adds as much as DDPM (Ho et al. 2020) and
    ///   draws it at every step.
    public static func ddim(eta: Double) -> Sampler {
        Sampler(
            name: "ddim", diffusersClass: "DDIMScheduler", title: "DDIM",
            otherNames: ["DDIMParallelScheduler"], usualSpacing: .leading,
            eta: eta,
            plan: { c, spacing, count in
                SamplingPlan(
                    sampler: ddim(eta: eta), prediction: c.prediction,
                    steps: c.isFlow ? c.flowSteps(count) : c.ddimSteps(spacing, count))
            },
            begin: { _ in
                { at, _, drawing in
                    guard eta > 0 else { return firstOrder(at.step, at.x, at.clean) }
                    let (kept, new) = split(at.step, eta: eta)
                    let x = renoised(at.step, at.x, at.clean, keeping: kept)
                    return blend(1, x, Float(new), try drawing())
                }
            })
    }
}

/// How much old and how much new noise makes up σ' (equation 16).
private func split(_ step: SamplingStep, eta: Double) -> (kept: Double, new: Double) {
    let (from, to) = (step.from, step.to)
    let shrink = 1 - (from.alpha / to.alpha) * (from.alpha / to.alpha)
    let new = eta * to.sigma / from.sigma * max(shrink, 0).squareRoot()
    return (max(to.sigma * to.sigma - new * new, 0).squareRoot(), new)
}

extension SchedulerConfiguration {
    /// Each step goes down by the stride, whatever comes next (diffusers `scheduling_ddim.py`).
    fileprivate func ddimSteps(_ spacing: TimestepSpacing, _ count: Int) -> [SamplingStep] {
        let alphas = NoiseSchedule(self, keepingLastAboveZero: false).cumulativeAlphas
        let last = (setAlphaToOne ?? true) ? 1 : alphas[0]
        let stride = trainTimesteps / count
        return timesteps(spacing, count).map { t in
            let t = t.rounded(.toNearestOrEven).clamped(to: alphas)
            let level = NoiseLevel(cumulativeAlpha: alphas[t])
            let to = t >= stride ? alphas[t - stride] : last
            return SamplingStep(
                timestep: Float(t), input: level, to: NoiseLevel(cumulativeAlpha: to))
        }
    }
}
