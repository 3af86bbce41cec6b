import PinxitFiles
import PinxitSamplers
import PinxitTensors
import Testing

/// Schedules of EDM: what is read, written and refused.
@Suite struct EDMTests {
    private func configuration(
        _ members: [JSONMember] = [], class name: String = "EDMDPMSolverMultistepScheduler"
    ) throws -> SchedulerConfiguration {
        try SchedulerConfiguration(
            JSONField(file: "s", path: "", value: .object(members)), className: name)
    }

    @Test func playgroundsScheduleIsTheUsual() throws {
        let c = try configuration()
        #expect(c.sampler == .dpmpp2M && c.edm == EDM() && c.prediction == .epsilon)
        #expect(try configuration(class: "EDMEulerScheduler").sampler == .euler)
        #expect(try configuration(class: "EulerDiscreteScheduler").edm == nil)
        let plan = SamplingPlan(c, steps: 3)
        #expect(plan.sigmaData == 0.5)
        #expect(abs(plan.steps[0].input.ratio - 80) < 1e-5)
        #expect(plan.steps.map(\.order) == [1, 2, 1])
        #expect(plan.steps[2].to == .clean && plan.finalScale == 1)
    }

    /// As diffusers' classes do.
    @Test func aSingleStepBeginsWhereItsCurveDoes() throws {
        var c = try configuration(class: "EDMEulerScheduler")
        c.finalSigma = .smallest
        for (curve, sigma) in [(EDM.Curve.karras, 80.0), (.exponential, 0.002)] {
            c.edm?.curve = curve
            let step = SamplingPlan(c, steps: 1).steps[0]
            #expect(abs(step.input.ratio / sigma - 1) < 1e-6)
            #expect(step.to == step.input)
        }
        let solved = SamplingPlan(c, sampler: .dpmpp2M, steps: 1).steps[0]
        #expect(abs(solved.to.ratio / 0.002 - 1) < 1e-6)
        let few = SamplingPlan(c, steps: 3).steps
        #expect(abs(few[0].input.ratio / 80 - 1) < 1e-6 && few[2].to == few[2].input)
    }

    @Test func whatIsWrittenIsReadBack() throws {
        for name in ["EDMDPMSolverMultistepScheduler", "EDMEulerScheduler"] {
            var c = try configuration(class: name)
            c.edm?.sigmaMax = 120
            c.edm?.curve = .exponential
            c.finalSigma = .smallest
            let read = try SchedulerConfiguration(JSONField(file: "s", path: "", value: c.json))
            #expect(read.edm == c.edm && read.sampler == c.sampler)
            #expect(read.finalSigma == .smallest && c.diffusersClass == name)
        }
    }

    @Test("Other samplers and predictions are refused by name")
    func refusals() throws {
        let c = try configuration()
        for sampler in [Sampler.euler, .eulerAncestral, .dpmpp2M] { try c.check(sampler) }
        for sampler in [Sampler.ddim, .pndm, .lcm, .tcd] {
            let error = try #require(throws: FileError.self) { try c.check(sampler) }
            #expect(error.description.contains("EDM") && error.description.contains(sampler.name))
        }
        let sample = try configuration([JSONMember("prediction_type", "sample")])
        #expect(throws: FileError.self) { try sample.check(nil) }
        for (name, value): (String, JSONValue) in [
            ("sigma_data", 0), ("sigma_max", 0.001), ("rho", -1), ("sigma_schedule", "cosine"),
        ] {
            let error = try #require(throws: FileError.self) {
                try configuration([JSONMember(name, value)])
            }
            #expect(error.field == name)
        }
    }

    @Test("What the network says is weighed as the paper's equation 7 does")
    func preconditioning() async throws {
        for (prediction, sign) in [(PredictionType.epsilon, 1.0), (.velocity, -1)] {
            var c = try configuration()
            c.prediction = prediction
            let plan = SamplingPlan(c, steps: 5)
            for step in plan.steps {
                let (sigma, data) = (step.input.ratio, 0.5)
                let power = sigma * sigma + data * data
                let clean = try await Engine.run {
                    // x is the noisy latents over the root of the power: 3 before.
                    let x = Tensor([Float(3 / power.squareRoot())])
                    let denoise = plan.denoiser { _, _ in Tensor([2]) }
                    return Double(try denoise(x, step).item)
                }
                let expected =
                    data * data / power * 3 + sign * sigma * data / power.squareRoot() * 2
                #expect(abs(clean - expected) < 1e-6 * max(1, abs(expected)))
            }
        }
    }
}
