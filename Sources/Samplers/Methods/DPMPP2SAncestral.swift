import PinxitTensors

extension Sampler {
    /// DPM-Solver++ of two evaluations a step (Lu et al. 2022, arXiv 2211.01095) to a lower noise
    /// than the next step's, then new noise up to it. One evaluation at the last.
    ///
    /// Source: k-diffusion `sample_dpmpp_2s_ancestral` with eta 1, whose middle is the next level.
    public static let dpmpp2SAncestral: Sampler = Sampler(
        name: "dpmpp_2s_a", diffusersClass: nil, title: "DPM++ 2S a",
        otherNames: ["DPM++ 2S ancestral", "dpmpp_2s_ancestral"], usualSpacing: .linspace,
        plan: { c, spacing, count in c.sigmaPlan(.dpmpp2SAncestral, spacing, count) },
        begin: { _ in
            { at, denoise, noise in
                let step = at.step
                guard let next = at.next, step.to.sigma > 0 else {
                    return firstOrder(step, at.x, at.clean)
                }
                let clean = try denoise(firstOrder(step, at.x, at.clean), next)
                let kept = AncestralShare(step.from, step.to)
                let x = renoised(step, at.x, clean, keeping: kept.old)
                return blend(1, x, Float(kept.new), try noise())
            }
        })
}

/// How much of a level's noise is old and how much new (k-diffusion `get_ancestral_step`).
struct AncestralShare {
    let old: Double
    let new: Double

    init(_ from: NoiseLevel, _ to: NoiseLevel) {
        let share = to.place / from.place
        old = to.sigma * share
        new = to.sigma * max(1 - share * share, 0).squareRoot()
    }
}
