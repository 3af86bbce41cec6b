import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Plans that start in the middle.
@Suite struct MiddleTests {
    /// A configuration and sampler whose steps need no earlier ones.
    struct Case: Sendable, CustomTestStringConvertible {
        let sampler: Sampler
        let prediction: PredictionType
        var plan: SamplingPlan {
            var configuration = SchedulerConfiguration()
            configuration.prediction = prediction
            configuration.useFlowSigmas = prediction == .flow
            return SamplingPlan(configuration, sampler: sampler, steps: 8)
        }
        var testDescription: String { "\(sampler) \(prediction)" }
    }

    static let cases = Sampler.allCases.flatMap { sampler in
        [PredictionType.epsilon, .flow].map { Case(sampler: sampler, prediction: $0) }
    }.filter { !$0.plan.sampler.isMultistep }

    @Test("A schedule of fewer steps than were asked for is entered at its end")
    func fewerStepsThanAskedFor() throws {
        let plan = SamplingPlan(SchedulerConfiguration(), sampler: .ddim, steps: 9)
        #expect(try #require(plan.changing(by: 0.1, of: 10)).steps == [plan.steps[8]])
        #expect(plan.changing(by: 0.09, of: 10) == nil)
    }

    @Test(arguments: cases) func itEndsAtTheBitsOfTheWholePlan(_ run: Case) async throws {
        try await Engine.run {
            var generator = TorchGenerator(seed: 4)
            let draws = (0..<8).map { _ in generator.normal([3]) }
            let denoise = denoiser(run.prediction) { x, t in x.affine(0.3, 0.01 * t / 1000) }
            func end(_ plan: SamplingPlan, _ x: Tensor, _ onStep: OnStep) throws -> [Float] {
                var left = draws.suffix(plan.steps.count)
                return try plan.sample(
                    x, drawing: { left.removeFirst() }, denoise: denoise, onStep: onStep
                ).floats
            }
            let plan = run.plan
            var states: [Tensor] = [plan.start(from: generator.normal([3]))]
            let whole = try end(plan, states[0]) { states.append($0.x) }
            for index in plan.steps.indices {
                #expect(try end(plan.starting(at: index), states[index]) { _ in } == whole)
            }
        }
    }

    /// The relative difference at the end between the whole plan and the plan from a step on, begun
    /// with what the whole plan had there.
    func difference(_ plan: SamplingPlan, from index: Int) async throws -> Double {
        try await Engine.run {
            var states: [Tensor] = [Tensor([1])]
            let whole = try plan.sample(states[0], denoise: GaussianTests.denoise) {
                states.append($0.x)
            }
            let rest = try plan.starting(at: index).sample(
                states[index], denoise: GaussianTests.denoise)
            return abs(Double(rest.item) / Double(whole.item) - 1)
        }
    }

    /// Only the first step is of another order, so the difference is that step's error: of the
    /// square of its length.
    @Test func aSolverDiffersByTheErrorOfOneStep() async throws {
        let coarse = try await difference(
            GaussianTests.plan(.dpmpp2M, steps: 32, order: 2), from: 16)
        let fine = try await difference(
            GaussianTests.plan(.dpmpp2M, steps: 64, order: 2), from: 32)
        #expect(coarse > 1e-5)
        #expect(abs(coarse / fine - 4) < 0.8)
    }

    @Test func pndmDiffersByTheErrorOfOneStep() async throws {
        func difference(_ count: Int) async throws -> Double {
            let plan = SamplingPlan(SchedulerConfiguration(), sampler: .pndm, steps: count)
            let index = try #require(plan.steps.lastIndex { $0.timestep == 500 })
            return try await self.difference(plan, from: index)
        }
        let (coarse, fine) = (try await difference(50), try await difference(100))
        #expect(coarse > 1e-5)
        #expect(abs(coarse / fine - 4) < 0.8)
    }

    @Test func aPictureIsGivenTheNoiseOfTheFirstInput() async {
        await Engine.run {
            let (clean, noise) = (Tensor([0.5, -1, 2]), Tensor([1, 0.25, -0.75]))
            for sampler in Sampler.allCases {
                let plan = SamplingPlan(SchedulerConfiguration(), sampler: sampler, steps: 8)
                let rest = plan.starting(at: 5)
                let level = plan.steps[5].input
                let x = rest.start(from: clean, noise: noise)
                for (i, found) in x.floats.enumerated() {
                    let expected =
                        level.alpha * Double(clean.floats[i]) + level.sigma
                        * Double(noise.floats[i])
                    #expect(abs(Double(found) - expected) < 1e-6)
                }
            }
        }
    }

    @Test func pureNoiseBeginsAtTheFirstInput() async {
        await Engine.run {
            let noise = Tensor([1, -2])
            for sampler in Sampler.allCases {
                let plan = SamplingPlan(SchedulerConfiguration(), sampler: sampler, steps: 8)
                for plan in [plan, plan.starting(at: 5)] {
                    let scale = plan.scalesNoise ? Float(plan.steps[0].input.sigma) : 1
                    #expect(plan.start(from: noise).floats == [scale, -2 * scale])
                }
            }
        }
    }

    /// How far from the exact end a picture and noise of the right sizes are led from the middle.
    func error(_ sampler: Sampler, steps: Int, order: Int) async throws -> Double {
        try await Engine.run {
            let plan = GaussianTests.plan(sampler, steps: steps, order: order)
                .starting(at: steps / 2)
            let level = plan.steps[0].input
            let (signal, noise) = (level.alpha * GaussianTests.spread, level.sigma)
            let size = (signal * signal + noise * noise).squareRoot()
            let x = plan.start(
                from: Tensor([Float(GaussianTests.spread * signal / size)]),
                noise: Tensor([Float(noise / size)]))
            #expect(abs(Double(x.item) / size - 1) < 1e-6)
            let end = try plan.sample(x, denoise: GaussianTests.denoise)
            return abs(Double(end.item) / size / GaussianTests.exact(plan) - 1)
        }
    }

    @Test(arguments: [(Sampler.euler, 1), (.ddim, 1), (.dpmpp2M, 2)])
    func aPictureEndsWhereTheEquationLeads(_ sampler: Sampler, _ order: Int) async throws {
        let coarse = try await error(sampler, steps: 64, order: order)
        let fine = try await error(sampler, steps: 128, order: order)
        let power = order == 1 ? 2.0 : 4.0
        #expect(coarse < (order == 1 ? 0.03 : 0.005))
        #expect(abs(coarse / fine / power - 1) < 0.2)
    }

    @Test func ancestralNoiseKeepsTheSpreadFromTheMiddle() async throws {
        let deviation = try await Engine.run {
            let plan = GaussianTests.plan(.eulerAncestral, steps: 200).starting(at: 100)
            var generator = TorchGenerator(seed: 5)
            func draw() -> Tensor { generator.normal([20000]) }
            let x = plan.start(from: draw() * Float(GaussianTests.spread), noise: draw())
            let end = try plan.sample(x, drawing: draw, denoise: GaussianTests.denoise)
            return (end.norm * end.norm / 20000).squareRoot()
        }
        #expect(abs(deviation / GaussianTests.spread - 1) < 0.03)
    }

    @Test(
        "On a flow too, new noise keeps the spread",
        arguments: [
            Sampler.eulerAncestral, .dpm2Ancestral,
        ])
    func ancestralNoiseOfAFlow(_ sampler: Sampler) async throws {
        let deviation = try await Engine.run {
            var configuration = SchedulerConfiguration()
            (configuration.prediction, configuration.useFlowSigmas) = (.flow, true)
            // Euler's error halves with the steps: 3.5 % of 100 of them.
            let plan = SamplingPlan(configuration, sampler: sampler, steps: 400)
            var generator = TorchGenerator(seed: 6)
            func draw() -> Tensor { generator.normal([20000]) }
            let end = try plan.sample(from: draw(), drawing: draw, denoise: GaussianTests.denoise)
            return (end.norm * end.norm / 20000).squareRoot()
        }
        #expect(abs(deviation / GaussianTests.spread - 1) < 0.03)
    }
}
