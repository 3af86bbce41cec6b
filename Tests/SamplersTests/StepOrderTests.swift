import PinxitSamplers
import Testing

/// What order each step is taken with.
@Suite struct StepOrderTests {
    func orders(
        _ sampler: Sampler, _ count: Int, from index: Int = 0,
        _ change: (inout SchedulerConfiguration) -> Void = { _ in }
    ) -> [Int] {
        var configuration = SchedulerConfiguration()
        change(&configuration)
        let plan = SamplingPlan(configuration, sampler: sampler, steps: count)
        return plan.starting(at: index).steps.map(\.order)
    }

    @Test(arguments: [Sampler.ddim, .euler, .eulerAncestral])
    func samplersOfFirstOrderTakeNoOther(_ sampler: Sampler) {
        #expect(orders(sampler, 4) == [1, 1, 1, 1])
        #expect(orders(sampler, 4, from: 2) == [1, 1])
    }

    @Test func theSolverBeginsAndEndsWithFirstOrder() {
        #expect(orders(.dpmpp2M, 1) == [1])
        #expect(orders(.dpmpp2M, 5) == [1, 2, 2, 2, 1])
        #expect(orders(.dpmpp2M, 5) { $0.solverOrder = 1 } == [1, 1, 1, 1, 1])
        #expect(orders(.dpmpp2M, 14) { $0.finalSigma = .smallest }.suffix(2) == [2, 1])
        #expect(orders(.dpmpp2M, 15) { $0.finalSigma = .smallest }.suffix(2) == [2, 2])
        let few = orders(.dpmpp2M, 14) { ($0.finalSigma, $0.lowerOrderFinal) = (.smallest, false) }
        #expect(few.suffix(2) == [2, 2])
        let euler = orders(.dpmpp2M, 15) { ($0.finalSigma, $0.eulerAtFinal) = (.smallest, true) }
        #expect(euler.suffix(2) == [2, 1])
        let flow = orders(.dpmpp2M, 4) { ($0.prediction, $0.useFlowSigmas) = (.flow, true) }
        #expect(flow == [1, 2, 2, 1])
    }

    @Test func aSolverFromTheMiddleBeginsWithFirstOrderAgain() {
        #expect(orders(.dpmpp2M, 6, from: 2) == [1, 2, 2, 1])
        #expect(orders(.dpmpp2M, 6, from: 5) == [1])
    }

    @Test func pndmLooksBackAsFarAsThereIsSomething() {
        #expect(orders(.pndm, 1) == [1])
        #expect(orders(.pndm, 6) == [1, 2, 2, 3, 4, 4, 4])
        #expect(orders(.pndm, 6, from: 2) == [1, 2, 3, 4, 4])
        #expect(orders(.pndm, 6, from: 5) == [1, 2])
    }

    @Test func pndmFromTheMiddleRepeatsNothing() {
        let whole = SamplingPlan(SchedulerConfiguration(), sampler: .pndm, steps: 6)
        #expect(whole.steps.map { $0.repeatedFrom != nil }.filter { $0 }.count == 1)
        #expect(whole.starting(at: 0).steps == whole.steps)
        for index in 1...6 {
            let steps = whole.starting(at: index).steps
            // The repeated step has the next one's input: neither is asked for twice.
            #expect(steps.count == 7 - max(index, 2))
            #expect(steps[0].input == whole.steps[index].input)
            for step in steps { #expect(step.from == step.input) }
        }
    }

    @Test(arguments: Sampler.allCases) func aPlanFromTheMiddleKeepsItsSteps(_ sampler: Sampler) {
        let whole = SamplingPlan(SchedulerConfiguration(), sampler: sampler, steps: 8)
        let rest = whole.starting(at: 3)
        #expect(rest.steps.map(\.timestep) == whole.steps.dropFirst(3).map(\.timestep))
        #expect(rest.steps.map(\.input) == whole.steps.dropFirst(3).map(\.input))
        #expect(rest.steps.map(\.to) == whole.steps.dropFirst(3).map(\.to))
        #expect(rest.starting(at: 2).steps == whole.starting(at: 5).steps)
    }
}
