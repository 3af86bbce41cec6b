import PinxitSamplers
import PinxitTensors
import Testing

/// The way back from latents to the noise that becomes them.
@Suite struct InversionTests {
    private static func flow(_ sampler: Sampler, steps: Int) -> SamplingPlan {
        var configuration = SchedulerConfiguration()
        (configuration.prediction, configuration.useFlowSigmas) = (.flow, true)
        return SamplingPlan(configuration, sampler: sampler, steps: steps)
    }

    /// How far the noise found for 1 is from the exact one.
    private static func error(_ plan: SamplingPlan) async throws -> Double {
        try await Engine.run {
            let noise = try plan.inverted(Tensor([1], shape: [1]), denoise: GaussianTests.denoise)
            return abs(Double(noise.item) * GaussianTests.exact(plan) - 1)
        }
    }

    @Test func errorsAreQuarteredByTwiceTheSteps() async throws {
        let plans: [@Sendable (Int) -> SamplingPlan] = [
            { GaussianTests.plan(.ddim, steps: $0) }, { Self.flow(.dpmpp2M, steps: $0) },
        ]
        for plan in plans {
            let (coarse, fine) = (try await Self.error(plan(32)), try await Self.error(plan(64)))
            #expect(coarse < 0.01)
            #expect(abs(coarse / fine - 4) < 0.8, "\(coarse), \(fine)")
        }
    }

    @Test(
        "What is painted from the noise found is what it was sought for",
        arguments: [Sampler.euler, .ddim, .heun, .dpmpp2M, .uniPC, .pndm])
    func thereAndBack(_ sampler: Sampler) async throws {
        var scheduler = SchedulerConfiguration()
        scheduler.betaSchedule = .scaledLinear
        (scheduler.betaStart, scheduler.betaEnd) = (0.00085, 0.012)
        for plan in [
            SamplingPlan(scheduler, sampler: sampler, steps: 50), Self.flow(sampler, steps: 50),
        ] {
            let (found, expected) = try await Engine.run {
                let latents = Tensor([1, -0.3, 0.05])
                let noise = try plan.inverted(latents, denoise: GaussianTests.denoise)
                return (
                    try plan.sample(from: noise, denoise: GaussianTests.denoise).floats,
                    latents.floats
                )
            }
            for (a, b) in zip(found, expected) {
                // So far are fifty steps of first order from the exact way.
                #expect(abs(a - b) <= 0.055 * abs(b), "\(sampler): \(found)")
            }
        }
    }

    @Test func whereAllNoiseLeadsToTheLatentsTheyAreTheirOwnNoise() async throws {
        let noise = try await Engine.run {
            let clean = Tensor([0.5, -1])
            // Of all the lines that end there the one without noise.
            return try Self.flow(.euler, steps: 4).inverted(clean) { _, _ in clean }.floats
        }
        for (a, b) in zip(noise, [0.5, -1]) { #expect(abs(a - Float(b)) <= 1e-6) }
    }
}
