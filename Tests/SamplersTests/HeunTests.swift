import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

extension Sampler {
    /// Heun's method (Karras et al. 2022, algorithm 1), which asks the network twice a step: a
    /// sampler that the table does not know.
    ///
    /// With x / α and its ratio of noise r, the mean of the slopes at both ends is the slope
    /// towards clean + r / 2r' (the guess at the end − clean).
    fileprivate static let ownHeun: Sampler = Sampler(
        name: "own", diffusersClass: "OwnScheduler", title: "Own",
        usualSpacing: .linspace,
        plan: { c, spacing, count in
            var plan = Sampler.euler.plan(c, spacing, count)
            plan.sampler = .ownHeun
            for i in plan.steps.indices where plan.steps[i].to.sigma > 0 { plan.steps[i].order = 2 }
            return plan
        },
        begin: { _ in
            { at, denoise, _ in
                let (step, clean) = (at.step, at.clean)
                let x = firstOrder(step, at.x, clean)
                guard step.order > 1 else { return x }
                let end = at.next ?? SamplingStep(timestep: 0, input: step.to, to: step.to)
                let weight = Float(step.from.ratio / step.to.ratio / 2)
                let there = try denoise(x, end)
                return firstOrder(step, at.x, blend(1 - weight, clean, weight, there))
            }
        })
}

/// A sampler defined outside the list, which asks the network several times a step.
@Suite struct HeunTests {
    @Test func itIsOfSecondOrder() async throws {
        let (coarse, fine) = (
            try await GaussianTests.error(.ownHeun, steps: 32, order: 2),
            try await GaussianTests.error(.ownHeun, steps: 64, order: 2)
        )
        #expect(coarse < 0.03)
        #expect(abs(coarse / fine - 4) < 0.8)
    }

    @Test(arguments: [PredictionType.epsilon, .flow])
    func itAsksTheNetworkTwiceAStepButOnceBeforeNoNoise(_ type: PredictionType) async throws {
        try await Engine.run {
            var configuration = SchedulerConfiguration()
            (configuration.prediction, configuration.useFlowSigmas) = (type, type == .flow)
            let plan = SamplingPlan(configuration, sampler: .ownHeun, steps: 6)
            let picture = Tensor([0.5, -1, 2])
            var asked: [Float] = []
            var told = 0
            let end = try plan.sample(
                from: Tensor([1, 2, -3]),
                denoise: { _, step in
                    asked.append(step.timestep)
                    return picture
                }
            ) { told = $0.done }
            #expect(told == 6)
            let times = plan.steps.map(\.timestep)
            #expect(
                asked == times.dropLast().indices.flatMap { [times[$0], times[$0 + 1]] }
                    + times.suffix(1))
            #expect(largestDifference(end, picture) < 1e-5)
        }
    }

    @Test func aStepThatLooksNowhereKeepsItsOrderInTheMiddle() {
        let plan = SamplingPlan(SchedulerConfiguration(), sampler: .ownHeun, steps: 6)
        #expect(plan.steps.map(\.order) == [2, 2, 2, 2, 2, 1])
        #expect(plan.starting(at: 3).steps.map(\.order) == [2, 2, 1])
    }

    @Test func itIsNotInTheTable() {
        #expect(!Sampler.allCases.contains(.ownHeun))
        #expect(Sampler(name: "own") == nil)
        #expect(Sampler.ownHeun != .euler && "\(Sampler.ownHeun)" == "own")
    }
}
