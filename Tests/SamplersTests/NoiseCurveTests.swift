import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitSamplers

/// Schedules as AUTOMATIC1111's web UI lays them, by vectors made with its code, and diffusers' on
/// a flow.
@Suite struct NoiseCurveTests {
    /// Stable Diffusion's betas.
    private static func configuration(_ curve: NoiseCurve) -> SchedulerConfiguration {
        var configuration = SchedulerConfiguration(sampler: .euler)
        (configuration.betaStart, configuration.betaEnd) = (0.00085, 0.012)
        configuration.betaSchedule = .scaledLinear
        configuration.follow(curve)
        return configuration
    }

    private static func levels(
        _ curve: NoiseCurve, _ sampler: Sampler = .euler, steps: Int = 4, isXL: Bool = false
    ) -> [Double] {
        var configuration = configuration(curve)
        configuration.isForXL = isXL
        let plan = SamplingPlan(configuration, sampler: sampler, steps: steps)
        return plan.steps.map(\.input.ratio) + [plan.steps[plan.steps.count - 1].to.ratio]
    }

    @Test(
        "levels are AUTOMATIC1111's",
        arguments: [
            (NoiseCurve.simple, [14.614641, 4.081729, 1.612886, 0.693205, 0]),
            (.sgmUniform, [14.614641, 4.086081, 1.61558, 0.69515, 0]),
            (.ddimUniform, [4.116696, 1.623692, 0.698398, 0.041314, 0]),
            (.turbo, [14.614641, 4.081729, 1.612886, 0.693205, 0]),
            (.klOptimal, [14.614641, 2.142741, 0.961588, 0.419836, 0.029167]),
            (.beta, [14.614641, 10.597608, 4.046201, 0.029167, 0]),
            (.alignYourSteps, [14.615, 2.393873, 0.742518, 0.029, 0]),
            (.normal, [14.614641, 2.918307, 0.932358, 0.029167, 0]),
        ])
    func levelsOfFour(_ curve: NoiseCurve, _ expected: [Double]) {
        for sampler in [Sampler.euler, .eulerAncestral, .heun, .dpmppSDE] {
            let found = Self.levels(curve, sampler)
            // Its table of levels is diffusers' to 5e-7.
            #expect(
                zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max($1, 1) },
                "\(curve) \(sampler): \(found)")
            #expect(found.count == expected.count)
        }
    }

    @Test("samplers that lay their own steps take a curve's", arguments: NoiseCurve.allCases)
    func solvers(_ curve: NoiseCurve) {
        guard curve != .normal else { return }
        for sampler in [Sampler.dpmpp2S, .dpmpp2M, .dpmpp2MSDE, .uniPC] {
            let (found, expected) = (Self.levels(curve, sampler), Self.levels(curve))
            #expect(
                zip(found, expected).allSatisfy { abs($0 - $1) <= 1e-6 * max($1, 1) },
                "\(curve) \(sampler): \(found)")
        }
    }

    @Test("tables of levels are there for both kinds, and whole where there are eleven")
    func aligned() {
        let own = Self.levels(.alignYourSteps, steps: 11)
        #expect(abs(own[1] - 6.475) < 1e-6 && abs(own[10] - 0.029) < 1e-8 && own[11] == 0)
        let large = Self.levels(.alignYourSteps, steps: 11, isXL: true)
        #expect(abs(large[1] - 6.315) < 1e-6 && abs(large[9] - 0.113) < 1e-7)
        #expect(abs(Self.levels(.alignYourSteps, steps: 1)[0] - 14.615) < 1e-6)
    }

    @Test("where steps do not divide the training's there are some more of every so many")
    func remainders() {
        // 1, 143, …, 995: every 142nd.
        let plan = SamplingPlan(Self.configuration(.ddimUniform), steps: 7)
        #expect(plan.steps.map(\.timestep) == [995, 853, 711, 569, 427, 285, 143, 1])
        #expect(
            SamplingPlan(Self.configuration(.simple), steps: 7).steps.map(\.timestep)
                == [999, 857, 714, 571, 428, 285, 142])
        let blocks = SamplingPlan(
            Self.configuration(.ddimUniform), sampler: .dpmpp2S, steps: 7)
        #expect(blocks.steps.map(\.order) == [1, 2, 1, 2, 1, 2, 1, 1])
    }

    @Test(
        "whatever the schedule and the number of steps, a solver ends at something finite",
        arguments: [Sampler.dpmpp2S, .dpmpp2M, .dpmpp2MSDE, .uniPC, .deis])
    func ends(_ sampler: Sampler) async throws {
        for curve in NoiseCurve.allCases {
            for final in [SchedulerConfiguration.FinalSigma.zero, .smallest] {
                for steps in [1, 6, 7, 15, 20, 30] {
                    var configuration = Self.configuration(curve)
                    configuration.finalSigma = final
                    let plan = SamplingPlan(configuration, sampler: sampler, steps: steps)
                    let end = try await Engine.run {
                        try plan.sample(
                            from: Tensor([1], shape: [1]), drawing: { Tensor([0.1], shape: [1]) },
                            denoise: GaussianTests.denoise
                        ).floats[0]
                    }
                    #expect(end.isFinite, "\(curve) \(final) \(steps)")
                }
            }
        }
    }

    @Test(
        "quantiles are scipy's",
        arguments: [
            (0.01, 0.000861), (0.1, 0.039584), (0.25, 0.17568), (0.5, 0.5), (0.75, 0.82432),
            (0.9, 0.960416), (0.99, 0.999139), (0, 0), (1, 1),
        ])
    func quantiles(_ share: Double, _ expected: Double) {
        #expect(abs(SymmetricBeta(shape: 0.6).quantile(share) - expected) <= 6e-7)
    }

    @Test("a curve on a flow is diffusers', between the flow's own ends")
    func flows() throws {
        let fixture = try Fixture("schedulers.safetensors")
        let cases = fixture.keys.filter { $0.hasPrefix("flow/") && $0.hasSuffix("/levels") }
        #expect(cases.count == 18)
        for key in cases {
            let parts = key.split(separator: "/")
            var configuration = SchedulerConfiguration(sampler: .euler)
            (configuration.prediction, configuration.useFlowSigmas) = (.flow, true)
            configuration.flowShift = try #require(Double(parts[2]))
            configuration.follow(try #require(NoiseCurve(rawValue: String(parts[1]))))
            let plan = SamplingPlan(configuration, steps: try #require(Int(parts[3])))
            let levels = plan.steps.map(\.input.sigma) + [plan.steps[plan.steps.count - 1].to.sigma]
            let times = fixture["flow/\(parts[1...3].joined(separator: "/"))/times"].floats
            for (found, expected) in zip(levels, fixture[key].floats) {
                #expect(abs(found - Double(expected)) <= 2e-7, "\(key)")
            }
            for (step, expected) in zip(plan.steps, times) {
                #expect(abs(step.timestep - expected) <= 2e-4, "\(key)")
            }
        }
    }

    @Test("what a model or a sampler has no use for is known")
    func uses() {
        let own = Self.configuration(.normal)
        #expect(own.takes(.simple, .dpmpp2M) && own.takes(.karras, .eulerAncestral))
        #expect(own.takes(.karras, .dpmpp2S))
        #expect(!own.takes(.karras, .ddim) && own.takes(.normal, .ddim))
        var flow = SchedulerConfiguration()
        flow.prediction = .flow
        #expect(flow.takes(.karras, .euler) && !flow.takes(.simple, .euler))
        var trainedAsEDM = SchedulerConfiguration()
        trainedAsEDM.edm = EDM()
        #expect(!trainedAsEDM.takes(.beta, .euler) && trainedAsEDM.takes(.normal, .euler))
    }
}
