import PinxitTensors

extension Sampler {
    /// Denoising diffusion probabilistic models (Ho et al. 2020, arXiv 2006.11239, equation 11 with
    /// the smaller variance): DDIM with as much new noise as its eta of 1 adds.
    public static let ddpm: Sampler = Sampler(
        name: "ddpm", diffusersClass: "DDPMScheduler", title: "DDPM",
        otherNames: ["DDPMParallelScheduler"], usualSpacing: .leading,
        plan: { c, spacing, count in
            var c = c
            c.setAlphaToOne = true
            var plan = Sampler.ddim.plan(c, spacing, count)
            plan.sampler = .ddpm
            // Unlike DDIM's, each step ends where the next begins.
            for i in plan.steps.indices.dropLast() {
                plan.steps[i].to = plan.steps[i + 1].input
            }
            if !c.isFlow { plan.steps[count - 1].to = .clean }
            return plan
        },
        begin: { plan in
            let take = Sampler.ddim(eta: 1).begin(plan)
            return { at, denoise, noise in
                // Nothing is drawn at time 0.
                try take(
                    at, denoise,
                    noise.drawing {
                        at.step.timestep > 0 ? try noise() : Tensor.zeros(at.x.shape)
                    })
            }
        })
}
