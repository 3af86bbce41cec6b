import PinxitSamplers
import PinxitTensors
import Testing

/// Samplers without a network: for data from N(0, s²) the best guess and the exact end are known.
@Suite struct GaussianTests {
    static let spread = 0.5

    /// Steps along noise ratios from 10 to 0.01, evenly on Karras' scale, with alpha² + sigma² = 1.
    static func plan(_ sampler: Sampler, steps: Int, order: Int = 1) -> SamplingPlan {
        func root(_ x: Double) -> Double { x.squareRoot().squareRoot() }
        let levels = (0...steps).map { i -> NoiseLevel in
            let t = Double(i) / Double(steps)
            let r = root(10) + t * (root(0.01) - root(10))
            return NoiseLevel(ratio: r * r * r * r)
        }
        return SamplingPlan(
            sampler: sampler, prediction: .epsilon,
            steps: (0..<steps).map {
                SamplingStep(
                    timestep: 0, input: levels[$0], to: levels[$0 + 1],
                    order: sampler.isMultistep ? min(order, $0 + 1) : order)
            })
    }

    /// E[x₀ | x] = x α s² / (α² s² + σ²)
    @Sendable static func denoise(_ x: Tensor, _ step: SamplingStep) -> Tensor {
        let signal = step.input.alpha * step.input.alpha * spread * spread
        let gain = signal / step.input.alpha / (signal + step.input.sigma * step.input.sigma)
        return x * Float(gain)
    }

    /// What the ordinary differential equation does to x: it keeps x / √(α² s² + σ²).
    static func exact(_ plan: SamplingPlan) -> Double {
        func size(_ level: NoiseLevel) -> Double {
            let signal = level.alpha * spread
            return (signal * signal + level.sigma * level.sigma).squareRoot()
        }
        return size(plan.steps.last!.to) / size(plan.steps[0].from)
    }

    static func error(_ sampler: Sampler, steps: Int, order: Int = 1) async throws -> Double {
        try await Engine.run {
            let plan = plan(sampler, steps: steps, order: order)
            let end = try plan.sample(from: Tensor([1], shape: [1]), denoise: denoise)
            return abs(Double(end.item) / exact(plan) - 1)
        }
    }

    @Test(arguments: [Sampler.euler, .ddim]) func firstOrderHalvesItsError(
        _ sampler: Sampler
    ) async throws {
        let (coarse, fine) = (
            try await Self.error(sampler, steps: 32), try await Self.error(sampler, steps: 64)
        )
        #expect(coarse > 0.01 && coarse < 0.2)
        #expect(abs(coarse / fine - 2) < 0.2)
    }

    @Test func secondOrderQuartersItsError() async throws {
        let (coarse, fine) = (
            try await Self.error(.dpmpp2M, steps: 32, order: 2),
            try await Self.error(.dpmpp2M, steps: 64, order: 2)
        )
        #expect(coarse < 0.03)
        #expect(abs(coarse / fine - 4) < 0.8)
    }

    @Test func ancestralNoiseKeepsTheSpread() async throws {
        let (mean, deviation) = try await Engine.run {
            let plan = Self.plan(.eulerAncestral, steps: 200)
            var generator = TorchGenerator(seed: 1)
            let x = generator.normal([20000])
            let end = try plan.sample(
                from: x, drawing: { generator.normal([20000]) }, denoise: Self.denoise)
            let values = end.floats.map(Double.init)
            let mean = values.reduce(0, +) / 20000
            let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20000
            return (mean, square.squareRoot())
        }
        #expect(abs(mean) < 0.02)
        #expect(abs(deviation / Self.spread - 1) < 0.03)
    }

    @Test func ancestralWithoutNoiseIsEuler() async throws {
        for flow in [false, true] {
            try await Engine.run {
                var configuration = SchedulerConfiguration()
                if flow { (configuration.prediction, configuration.useFlowSigmas) = (.flow, true) }
                let plan = SamplingPlan(configuration, sampler: .euler, steps: 8)
                let ancestral = SamplingPlan(
                    configuration, sampler: .eulerAncestral(eta: 0), steps: 8)
                let x = Tensor([1, -2, 0.5])
                let expected = try plan.sample(x, denoise: Self.denoise).floats
                let found = try ancestral.sample(
                    x, drawing: { Tensor.ones([3]) }, denoise: Self.denoise
                ).floats
                for (a, b) in zip(found, expected) { #expect(abs(a - b) <= 1e-5) }
            }
        }
    }

    @Test func ddimWithFullNoiseKeepsTheSpread() async throws {
        let deviation = try await Engine.run {
            let plan = Self.plan(.ddim(eta: 1), steps: 200)
            var generator = TorchGenerator(seed: 2)
            let x = generator.normal([20000])
            let end = try plan.sample(
                from: x, drawing: { generator.normal([20000]) }, denoise: Self.denoise)
            return (end.norm * end.norm / 20000).squareRoot()
        }
        #expect(abs(deviation / Self.spread - 1) < 0.03)
    }
}
