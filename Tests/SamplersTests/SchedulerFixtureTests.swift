import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Plans and short runs against diffusers' schedulers.
@Suite struct SchedulerFixtureTests {
    let fixture: Fixture

    init() throws { fixture = try Fixture("schedulers.safetensors") }

    /// One recorded run: `sampler/prediction/case`.
    struct Case {
        let name: String
        let plan: SamplingPlan
    }

    func cases() throws -> [Case] {
        try fixture.keys.filter { $0.hasSuffix("/timesteps") }.map { key in
            let name = String(key.dropLast("/timesteps".count))
            let sampler = try #require(Sampler(name: String(name.split(separator: "/")[0])))
            var text = try #require(fixture.parameter("\(name)/config"))
            if !text.contains("_class_name") {
                let name = try #require(sampler.diffusersClass)
                text = "{\"_class_name\": \"\(name)\", " + text.dropFirst()
            }
            let value = try text.utf8.withContiguousStorageIfAvailable {
                try JSONValue(parsing: UnsafeRawBufferPointer($0))
            }
            let json = JSONField(file: name, path: "", value: value)
            // The schedulers were called as they are, with their own share of new noise.
            let plan = SamplingPlan(
                try SchedulerConfiguration(json), sampler: sampler == .tcd ? .tcd(eta: 0.3) : nil,
                steps: fixture.integer("\(name)/steps"))
            return Case(name: name, plan: plan)
        }
    }

    @Test func timestepsAreThoseOfDiffusers() throws {
        for run in try cases() {
            let steps = run.plan.steps.map(\.timestep)
            let expected = fixture["\(run.name)/timesteps"].floats
            #expect(steps.count == expected.count, "\(run.name)")
            // EDM's times are a quarter of a logarithm of f32.
            let most: Float = run.plan.sigmaData == nil ? 1e-3 : 2e-6
            for (a, b) in zip(steps, expected) {
                #expect(abs(a - b) <= most, "\(run.name): \(steps) \(expected)")
            }
        }
    }

    @Test func sigmasAreThoseOfDiffusers() throws {
        var compared = 0
        for run in try cases() where fixture.keys.contains("\(run.name)/sigmas") {
            let isFlow = run.plan.prediction == .flow
            let levels = run.plan.steps.map(\.input) + [run.plan.steps.last!.to]
            let expected = fixture["\(run.name)/sigmas"].floats
            #expect(levels.count == expected.count)
            for (level, sigma) in zip(levels, expected) {
                let found = Float(isFlow ? level.sigma : level.ratio)
                #expect(abs(found - sigma) <= 2e-6 * max(sigma, 0.01), "\(run.name)")
                compared += 1
            }
        }
        #expect(compared > 300)
    }

    @Test func initialNoiseIsThatOfDiffusers() throws {
        for run in try cases() {
            let expected = Double(fixture["\(run.name)/init_noise_sigma"].item)
            // diffusers keeps x / α for k-diffusion's samplers and for EDM.
            let isScaled = [.euler, .eulerAncestral, .heun, .lms, .dpm2, .dpm2Ancestral]
                .contains(run.plan.sampler)
            let keeps = isScaled || run.plan.sigmaData != nil
            let found = run.plan.initialScale / (keeps ? run.plan.steps[0].input.alpha : 1)
            #expect(abs(found - expected) <= 2e-6 * expected, "\(run.name)")
        }
    }

    @Test func runsEndWhereDiffusersEnds() async throws {
        try await Engine.run {
            let suite = try SchedulerFixtureTests()
            let fixture = suite.fixture
            for run in try suite.cases() {
                let x = fixture["x"]
                var generator = TorchGenerator(seed: UInt64(fixture.integer("seed")))
                let network: Network = { x, t in x.affine(0.3, 0.01 * t / 1000) }
                let result = try run.plan.sample(
                    from: x, drawing: { generator.normal(x.shape) },
                    denoise: run.plan.denoiser(network))
                let difference = relativeDifference(result, fixture["\(run.name)/result"])
                #expect(difference <= 1e-4, "\(run.name): \(difference)")
            }
        }
    }
}
