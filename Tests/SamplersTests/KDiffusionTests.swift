import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import PinxitSamplers

/// Samplers that diffusers lacks, or has another noise for, against k-diffusion; see
/// `Fixtures/make_kdiffusion.py`.
@Suite struct KDiffusionTests {
    /// The fixture's network, which is a formula in the coordinates of k-diffusion.
    private static func denoise(_ x: Tensor, _ step: SamplingStep) -> Tensor {
        let ratio = Float(step.input.ratio)
        let x = x * Float(1 / step.input.alpha)
        return blend(1 / (1 + ratio * ratio), x, 0.3 * ratio / (1 + ratio), x.tanh)
    }

    private static func plan(_ sampler: Sampler, _ levels: String, _ steps: Int) -> SamplingPlan {
        var configuration = SchedulerConfiguration()
        configuration.betaSchedule = .scaledLinear
        (configuration.betaStart, configuration.betaEnd) = (0.00085, 0.012)
        configuration.spacing = .linspace
        if let curve = NoiseCurve(rawValue: levels) { configuration.follow(curve) }
        return SamplingPlan(configuration, sampler: sampler, steps: steps)
    }

    @Test(
        "results are k-diffusion's",
        arguments: [Sampler.dpmpp2SAncestral, .dpmppSDE, .dpmpp3MSDE],
        ["linspace", "karras", "polyexponential"])
    func results(_ sampler: Sampler, _ levels: String) async throws {
        try await Engine.run {
            let fixture = try Fixture("kdiffusion.safetensors")
            for steps in [1, 4, 9] where steps > 1 || sampler != .dpmpp3MSDE {
                let plan = Self.plan(sampler, levels, steps)
                let sigmas = fixture["sigmas/\(levels)/\(steps)"].floats
                let own = plan.steps.map { Float($0.input.ratio) } + [0]
                #expect(zip(own, sigmas).allSatisfy { abs($0 - $1) <= 1e-5 * max($1, 1) })
                var draws = 0
                // x in k-diffusion's coordinates is noise times the first sigma.
                let level = plan.steps[0].input
                let result = try plan.sample(
                    fixture["noise"] * Float(level.sigma),
                    drawing: {
                        defer { draws += 1 }
                        return fixture["draw/\(draws)"]
                    }, seed: 7, denoise: Self.denoise)
                let expected = fixture["\(sampler)/\(levels)/\(steps)"]
                let difference = relativeDifference(result, expected)
                #expect(difference <= 1e-4, "\(sampler) \(levels) \(steps)")
            }
        }
    }

    /// Their classes in diffusers have no such setting, for the middles of steps neither.
    @Test(
        "zero terminal SNR changes no step",
        arguments: [Sampler.heun, .lms, .dpm2, .dpm2Ancestral, .dpmppSDE])
    func zeroTerminalSNR(_ sampler: Sampler) {
        for curve in [NoiseCurve.normal, .karras, .exponential] {
            var configuration = SchedulerConfiguration()
            configuration.follow(curve)
            let plain = SamplingPlan(configuration, sampler: sampler, steps: 6)
            configuration.rescaleBetasZeroSNR = true
            let plan = SamplingPlan(configuration, sampler: sampler, steps: 6)
            #expect(plan.steps == plain.steps, "\(curve)")
        }
    }

    /// Levels that a file bounds are bounded on every other curve.
    @Test(
        "their classes lay Karras' levels over all of the training's",
        arguments: [Sampler.lms, .dpmppSDE])
    func bounds(_ sampler: Sampler) {
        for curve in [NoiseCurve.karras, .exponential] {
            var configuration = SchedulerConfiguration()
            configuration.follow(curve)
            let plain = SamplingPlan(configuration, sampler: sampler, steps: 5)
            (configuration.sigmaMin, configuration.sigmaMax) = (0.05, 10)
            let bounded = SamplingPlan(configuration, sampler: sampler, steps: 5)
            #expect((bounded.steps == plain.steps) == (curve == .karras), "\(curve)")
        }
    }

    /// Its class in diffusers lays time steps in double precision, which levels and with them the
    /// walk depend on; others in single precision.
    @Test("the time steps that DPM++ SDE's levels lie at are not rounded")
    func unroundedTimes() {
        let configuration = SchedulerConfiguration()
        let (exact, rounded) = (
            configuration.timesteps(.linspace, 6, inDouble: true),
            configuration.timesteps(.linspace, 6)
        )
        #expect(exact[0] == 999 && exact[5] == 0)
        #expect(abs(exact[1] - 799.2) < 1e-12 && rounded[1] == Double(Float(799.2)))
        let ratios = NoiseSchedule(configuration).ratios
        for (sampler, times) in [(Sampler.dpmppSDE, exact), (.heun, rounded)] {
            let levels = SamplingPlan(configuration, sampler: sampler, steps: 6).steps.map(\.input)
            for (level, time) in zip(levels, times) {
                let place = Double(Float(ratios.interpolated(at: time)))
                #expect(level == NoiseLevel(ratio: place), "\(sampler)")
            }
        }
    }

    @Test("a walk is torchsde's, whichever way it is taken")
    func walks() async throws {
        try await Engine.run {
            let fixture = try Fixture("kdiffusion.safetensors")
            let tree = BrownianTree(
                seed: 7, 0.0292...14.6146, shape: fixture["noise"].shape)
            let steps: [(String, Double, Double)] = [
                ("step", 14.6146, 3.5), ("small", 0.5, 0.1234567), ("up", 1.25, 2.5),
            ]
            for (name, from, to) in steps {
                let difference = largestDifference(
                    tree.step(from: from, to: to), fixture["tree/\(name)"])
                #expect(difference <= 1e-5, "\(name)")
            }
        }
    }

    @Test("parts of a walk add up to the whole")
    func parts() async throws {
        await Engine.run {
            let tree = BrownianTree(seed: 3, 0.1...10, shape: [1, 2, 3, 4])
            let whole = tree.step(from: 8, to: 2) * Float(6.0.squareRoot())
            let sum =
                tree.step(from: 8, to: 5) * Float(3.0.squareRoot())
                + tree.step(from: 5, to: 2) * Float(3.0.squareRoot())
            let difference = largestDifference(whole, sum)
            #expect(difference <= 1e-5)
        }
    }

    @Test(
        "on a flow each step leaves as much noise as its level says",
        arguments: [Sampler.dpmpp2SAncestral, .dpmppSDE, .dpmpp3MSDE])
    func flows(_ sampler: Sampler) async throws {
        try await Engine.run {
            var configuration = SchedulerConfiguration()
            (configuration.prediction, configuration.useFlowSigmas) = (.flow, true)
            let plan = SamplingPlan(configuration, sampler: sampler, steps: 6)
            let shape: Shape = [1, 64, 64, 4]
            var generator = TorchGenerator(seed: 1)
            let (noise, picture) = (generator.normal(shape), generator.normal(shape))
            let result = try plan.sample(
                from: noise, drawing: { generator.normal(shape) }, denoise: { _, _ in picture }
            ) { told in
                let level = plan.steps[told.done - 1].to
                guard level.sigma > 0 else { return }
                let rest = blend(
                    Float(1 / level.sigma), told.x, Float(-level.alpha / level.sigma), picture
                ).floats
                let square = rest.reduce(0.0) { $0 + Double($1 * $1) } / Double(rest.count)
                // Four standard errors of the variance of 16384 normal numbers.
                #expect(abs(square - 1) < 4 * (2 / 16384.0).squareRoot(), "step \(told.done)")
            }
            let difference = largestDifference(result, picture)
            #expect(difference <= 1e-5)
        }
    }
}
