import PinxitSamplers
import Testing

/// One table for the names of all programs.
@Suite struct SamplerNameTests {
    @Test(
        arguments: [
            // AUTOMATIC1111
            ("DPM++ 2M SDE Karras", Sampler.dpmpp2MSDE, NoiseCurve.karras, nil),
            ("DPM++ 2M", .dpmpp2M, nil, nil), ("DPM++ 2M Karras", .dpmpp2M, .karras, nil),
            ("DPM++ 2M SDE Exponential", .dpmpp2MSDE, .exponential, nil),
            ("DPM++ 2M SGM Uniform", .dpmpp2M, .sgmUniform, nil),
            ("Euler a Align Your Steps", .eulerAncestral, .alignYourSteps, nil),
            ("Euler a", .eulerAncestral, nil, nil), ("LMS Karras", .lms, .karras, nil),
            ("k_euler_a", .eulerAncestral, nil, nil), ("k_dpmpp_2m_ka", .dpmpp2M, .karras, nil),
            ("PLMS", .pndm, nil, nil), ("DPM2 a Karras", .dpm2Ancestral, .karras, nil),
            // ComfyUI
            ("dpmpp_2m_sde_gpu", .dpmpp2MSDE, nil, nil), ("uni_pc", .uniPC, nil, nil),
            ("uni_pc_bh2", .uniPC, nil, nil),
            ("DPM++ 3M SDE Exponential", .dpmpp3MSDE, .exponential, nil),
            ("dpmpp_sde_gpu", .dpmppSDE, nil, nil),
            ("dpmpp_2s_ancestral", .dpmpp2SAncestral, nil, nil),
            ("dpmpp_sde_k", .dpmppSDE, .karras, nil), ("dpm++2s_a", .dpmpp2SAncestral, nil, nil),
            ("dpm_2_ancestral", .dpm2Ancestral, nil, nil),
            ("euler_ancestral", .eulerAncestral, nil, nil), ("dpm_2", .dpm2, nil, nil),
            // InvokeAI
            ("euler_k", .euler, .karras, nil), ("dpmpp_2m_sde_k", .dpmpp2MSDE, .karras, nil),
            ("kdpm_2_a_k", .dpm2Ancestral, .karras, nil), ("kdpm_2", .dpm2, nil, nil),
            ("unipc_k", .uniPC, .karras, nil), ("dpmpp_2s_k", .dpmpp2S, .karras, nil),
            // stable-diffusion.cpp
            ("dpm++2m", .dpmpp2M, nil, nil), ("euler_a karras", .eulerAncestral, .karras, nil),
            ("ddim_trailing", .ddim, .normal, .trailing),
            // diffusers
            ("KDPM2AncestralDiscreteScheduler", .dpm2Ancestral, nil, nil),
        ] as [(String, Sampler, NoiseCurve?, TimestepSpacing?)])
    func namesOfAllProgramsAreRead(
        _ name: String, _ sampler: Sampler, _ curve: NoiseCurve?, _ spacing: TimestepSpacing?
    ) {
        let said = SamplerName(name)
        #expect(said.sampler == sampler && said.schedule.curve == curve)
        #expect(said.schedule.spacing == spacing)
        #expect(SamplerName(name.uppercased()) == said)
    }

    @Test(arguments: [
        "DPM++ 2M SDE Heun", "DPM fast", "dpm_adaptive", "Restart", "dpm++2mv2",
        "res_multistep", "dpmpp_2m_sde_heun", "DPM++ 2M GITS", "euler_cfg_pp", "", "k", "karras",
        "gpu",
    ])
    func whatIsNotHereIsNotTakenForAnother(_ name: String) {
        #expect(SamplerName(name).sampler == nil, "\(name)")
    }

    @Test(arguments: [
        ("DPM++ 4M SDE", "dpmpp_2m_sde"), ("eular", "euler"),
        ("DPM++ 2M CFG++", "dpmpp_2m"),
    ])
    func theNearestIsNamed(_ name: String, _ near: String) {
        #expect(Sampler.refusal(of: name).contains("is \(near)"), "\(Sampler.refusal(of: name))")
    }

    @Test func aNameOfTwoSettingsIsToldApart() {
        #expect(Sampler(name: "DPM++ 2M Karras") == nil)
        #expect(
            Sampler.refusal(of: "DPM++ 2M Karras")
                == "DPM++ 2M Karras is two settings: sampler dpmpp_2m, schedule karras")
    }

    @Test func schedulesOfAllProgramsAreRead() {
        let normal = ScheduleName("Uniform")
        #expect(normal?.curve == .normal && normal?.spacing == .linspace)
        #expect(ScheduleName("Karras")?.curve == .karras)
        #expect(ScheduleName("sgm_uniform")?.curve == .sgmUniform)
        #expect(ScheduleName("SGM Uniform") == ScheduleName("sgm_uniform"))
        #expect(ScheduleName("DDIM")?.curve == .ddimUniform)
        #expect(ScheduleName("ddim_uniform")?.curve == .ddimUniform)
        #expect(ScheduleName("AYS")?.curve == .alignYourSteps)
        #expect(ScheduleName("trailing")?.spacing == .trailing)
        #expect(ScheduleName("Automatic") == .unsaid)
        for curve in NoiseCurve.allCases {
            #expect(ScheduleName(curve.title)?.curve == curve)
            #expect(ScheduleName(curve.rawValue)?.curve == curve)
        }
        #expect(ScheduleName("linear_quadratic") == nil)
    }

    @Test func aVeryLongNameTakesNoTime() {
        let long = String(repeating: "euler ", count: 100_000)
        #expect(SamplerName(long).sampler == nil)
        #expect(Sampler.refusal(of: long).count < 500)
    }

    /// Levels of Karras et al., equation 5 with ρ = 7, between Stable Diffusion's extremes.
    @Test func aCurveThatIsAskedForIsFollowed() {
        var configuration = SchedulerConfiguration(sampler: .euler)
        (configuration.betaStart, configuration.betaEnd) = (0.00085, 0.012)
        configuration.betaSchedule = .scaledLinear
        configuration.follow(.karras)
        let plan = SamplingPlan(configuration, steps: 3)
        let ratios = plan.steps.map(\.input.ratio)
        #expect(abs(ratios[0] - 14.6146) < 1e-3 && abs(ratios[2] - 0.029168) < 1e-5)
        // ((14.6146^(1/7) + 0.029168^(1/7)) / 2)^7
        #expect(abs(ratios[1] - 1.2741) < 1e-3, "\(ratios)")
        configuration.follow(.normal)
        #expect(abs(SamplingPlan(configuration, steps: 3).steps[1].input.ratio - 1.2741) > 0.1)
    }
}
