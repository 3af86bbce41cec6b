import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct SamplingTests {
    @Test func guidanceExaggeratesTheText() async throws {
        try await Engine.run {
            // A network whose second half of the batch, the one with text, answers 1 more.
            let network: Network = { x, _ in
                x + Tensor([0, 1], shape: [2, 1, 1, 1])
            }
            let x = Tensor([3, 4, 5, 6], shape: [1, 2, 2, 1])
            let result = try guided(2.5, network)(x, 0)
            #expect(result.shape == x.shape)
            #expect(result.floats == [5.5, 6.5, 7.5, 8.5])
        }
    }

    @Test(arguments: PredictionType.allCases)
    func predictionsOfAPerfectNetworkGiveThePicture(_ type: PredictionType) async {
        await Engine.run {
            let clean = Tensor([0.5, -1, 2])
            let noise = Tensor([1, 0.25, -0.75])
            let level = type == .flow ? NoiseLevel(flow: 0.7) : NoiseLevel(ratio: 3)
            let (alpha, sigma) = (Float(level.alpha), Float(level.sigma))
            let x = blend(alpha, clean, sigma, noise)
            let output =
                switch type {
                case .epsilon: noise
                case .velocity: blend(alpha, noise, -sigma, clean)
                case .flow: noise - clean
                case .sample: clean
                }
            #expect(largestDifference(type.clean(output, x, level), clean) < 1e-5)
        }
    }

    @Test(arguments: Sampler.allCases, [PredictionType.epsilon, .flow])
    func everySamplerFindsTheOnlyPicture(_ sampler: Sampler, _ type: PredictionType) async throws {
        try await Engine.run {
            var configuration = SchedulerConfiguration()
            configuration.setAlphaToOne = true
            configuration.prediction = type
            configuration.useFlowSigmas = type == .flow
            let picture = Tensor([0.5, -1, 2])
            let plan = SamplingPlan(configuration, sampler: sampler, steps: 6)
            var generator = TorchGenerator(seed: 3)
            let noise = generator.normal([3])
            let end = try plan.sample(
                from: noise, drawing: { generator.normal([3]) }, denoise: { _, _ in picture })
            #expect(plan.steps.count == (sampler == .pndm && type == .epsilon ? 7 : 6))
            // TCD and DEIS end at the noise of time 0: four standard deviations of it are enough.
            let left = [.tcd, .deis].contains(sampler) ? 4 * Float(plan.steps.last!.to.sigma) : 0
            #expect(largestDifference(end, picture) < 1e-4 + left)
        }
    }

    /// Numbers of diffusers' UniPCMultistepScheduler with `disable_corrector`.
    @Test(
        "UniPC takes steps again but those that the file excepts",
        arguments: [
            ([], 5.479124), ([0], 5.710194), ([1, 2], 5.488894), ([0, 1, 2], 5.704599),
        ] as [([Int], Float)])
    func uncorrectedSteps(_ steps: [Int], _ expected: Float) async throws {
        try await Engine.run {
            let excepted = JSONValue.array(steps.map { .integer($0) })
            let c = try SchedulerConfiguration(
                JSONField(
                    file: "s", path: "",
                    value: [
                        "_class_name": "UniPCMultistepScheduler", "beta_start": 0.00085,
                        "beta_end": 0.012, "beta_schedule": "scaled_linear",
                        "disable_corrector": excepted,
                    ]))
            let end = try SamplingPlan(c, steps: 5).sample(
                from: Tensor([1]), denoise: denoiser(.epsilon) { x, t in x.affine(0.3, 1e-5 * t) })
            #expect(abs(end.item - expected) < 2e-5 * expected)
        }
    }

    /// Numbers of diffusers' DPMSolverSinglestepScheduler.
    @Test(
        "DPM-Solver++'s blocks are of one to three steps, with either rule",
        arguments: [
            (2, "midpoint", 6.002181), (2, "heun", 5.662364), (3, "midpoint", 5.726948),
            (3, "heun", 5.506505),
        ] as [(Int, String, Float)])
    func blocks(_ order: Int, _ rule: String, _ expected: Float) async throws {
        try await Engine.run {
            let c = try SchedulerConfiguration(
                JSONField(
                    file: "s", path: "",
                    value: [
                        "_class_name": "DPMSolverSinglestepScheduler", "beta_start": 0.00085,
                        "beta_end": 0.012, "beta_schedule": "scaled_linear",
                        "solver_order": .integer(order), "solver_type": .string(rule),
                    ]))
            let end = try SamplingPlan(c, steps: 5).sample(
                from: Tensor([1]), denoise: denoiser(.epsilon) { x, t in x.affine(0.3, 1e-5 * t) })
            #expect(abs(end.item - expected) < 2e-5 * expected)
        }
    }

    @Test func throwingInAStepEndsTheRun() async throws {
        struct Enough: Error {}
        await #expect(throws: Enough.self) {
            try await Engine.run {
                let plan = SamplingPlan(SchedulerConfiguration(), sampler: .euler, steps: 6)
                _ = try plan.sample(from: Tensor([1]), denoise: { x, _ in x }) {
                    #expect($0.done <= 3 && $0.total == 6)
                    if $0.done == 3 { throw Enough() }
                }
            }
        }
    }
}

@Suite struct SchedulerConfigurationTests {
    func configuration(_ text: String) throws -> SchedulerConfiguration {
        let value = try Array(text.utf8).withUnsafeBytes { try JSONValue(parsing: $0) }
        return try SchedulerConfiguration(JSONField(file: "s.json", path: "", value: value))
    }

    @Test(arguments: [
        (#"{"_class_name": "WonderScheduler"}"#, "DPMSolverMultistepScheduler"),
        (#"{"_class_name": "DDIMScheduler", "beta_schedule": "sigmoid"}"#, "scaled_linear"),
        (
            #"{"_class_name": "DDIMScheduler", "beta_schedule": "sigmoid"}"#,
            "\"sigmoid\" is not supported"
        ),
        (#"{"_class_name": "DDIMScheduler", "beta_start": 1}"#, "beta_start: 1.0"),
        (#"{"_class_name": "DDIMScheduler", "thresholding": true}"#, "thresholding"),
        (#"{"_class_name": "PNDMScheduler"}"#, "skip_prk_steps"),
        (
            #"{"_class_name": "DDIMScheduler", "num_train_timesteps": 0}"#,
            "0 is not supported; accepted: 2 to"
        ),
        (#"{"_class_name": "DDIMScheduler", "trained_betas": [0.5]}"#, "1000"),
        (
            #"{"_class_name": "DPMSolverMultistepScheduler", "prediction_type": "flow_prediction"}"#,
            "true"
        ),
        (
            #"{"_class_name": "DPMSolverMultistepScheduler", "solver_type": "other"}"#,
            "\"other\" is not supported"
        ),
        (
            #"{"_class_name": "DPMSolverMultistepScheduler", "algorithm_type": "sde-dpmsolver"}"#,
            "dpmsolver++"
        ),
        (#"[]"#, "_class_name"),
    ])
    func whatIsNotUnderstoodIsRefused(_ text: String, _ hint: String) {
        let error = #expect(throws: FileError.self) { try configuration(text).check(nil) }
        #expect(error?.description.contains(hint) == true, "\(error.debugDescription)")
    }

    @Test(
        "What one sampler cannot heed does not stop another",
        arguments: [
            (#"{"_class_name": "LCMScheduler"}"#, .euler, ""),
            (#"{"_class_name": "KDPM2DiscreteScheduler"}"#, .ddim, ""),
            (#"{"_class_name": "PNDMScheduler"}"#, .euler, ""),
            (#"{"_class_name": "DDIMScheduler", "thresholding": true}"#, .euler, ""),
            (#"{"_class_name": "DDIMScheduler", "thresholding": true}"#, .dpmpp2M, "thresholding"),
            (#"{"_class_name": "DDIMScheduler", "use_beta_sigmas": true}"#, nil, ""),
            (#"{"_class_name": "DDIMScheduler", "solver_type": "rk"}"#, .euler, ""),
            (#"{"_class_name": "DDIMScheduler", "solver_type": "rk"}"#, .dpmpp2M, "\"rk\""),
            (#"{"_class_name": "DDIMScheduler", "use_beta_sigmas": true}"#, .euler, ""),
            (#"{"_class_name": "DDIMScheduler", "use_lu_lambdas": true}"#, .dpmpp2M, ""),
        ] as [(String, Sampler?, String)])
    func refusalsAreOfASampler(_ text: String, _ sampler: Sampler?, _ hint: String) throws {
        let found = try configuration(text)
        guard !hint.isEmpty else { return try found.check(sampler) }
        let error = #expect(throws: FileError.self) { try found.check(sampler) }
        #expect(error?.description.contains(hint) == true)
    }

    @Test("Classes that differ only in how they compute are those they are of")
    func parallelClasses() throws {
        let found = try configuration(#"{"_class_name": "DDIMParallelScheduler"}"#)
        #expect(found.sampler == .ddim && found.notes.isEmpty)
        let noisy = try configuration(
            #"{"_class_name": "DDPMParallelScheduler", "variance_type": "fixed_small_log"}"#)
        #expect(noisy.sampler == .ddpm)
        try noisy.check(nil)
    }

    @Test func theClassOfTheIndexGoesFirst() throws {
        let value = try JSONValue(parsing: #"{"_class_name": "PNDMScheduler"}"#)
        let json = JSONField(file: "s.json", path: "", value: value)
        #expect(try SchedulerConfiguration(json, className: "DDIMScheduler").sampler == .ddim)
        let none = JSONField(file: "s.json", path: "", value: [:])
        #expect(try SchedulerConfiguration(none, className: "DDIMScheduler").sampler == .ddim)
        #expect(throws: FileError.self) { try SchedulerConfiguration(none) }
    }

    @Test("What DPM++ heeds is read from files of other classes too")
    func settingsOfAnotherClass() throws {
        let found = try configuration(
            #"{"_class_name": "DDIMScheduler", "lambda_min_clipped": -5.1, "solver_type": "heun"}"#)
        #expect(found.lambdaMin == -5.1 && found.solverType == .heun && found.solverOrder == 2)
    }

    @Test(
        "Betas that a file does not name are its class's usual ones",
        arguments: [
            ("DDIMScheduler", 0.0001, 0.02, .linear),
            ("LMSDiscreteScheduler", 0.0001, 0.02, .linear),
            ("HeunDiscreteScheduler", 0.00085, 0.012, .linear),
            ("KDPM2DiscreteScheduler", 0.00085, 0.012, .linear),
            ("KDPM2AncestralDiscreteScheduler", 0.00085, 0.012, .linear),
            ("DPMSolverSDEScheduler", 0.00085, 0.012, .linear),
            ("LCMScheduler", 0.00085, 0.012, .scaledLinear),
            ("TCDScheduler", 0.00085, 0.012, .scaledLinear),
        ] as [(String, Double, Double, SchedulerConfiguration.BetaSchedule)])
    func usualBetas(
        _ name: String, _ start: Double, _ end: Double,
        _ schedule: SchedulerConfiguration.BetaSchedule
    ) throws {
        let found = try configuration(#"{"_class_name": "\#(name)"}"#)
        #expect(found.betaStart == start && found.betaEnd == end)
        #expect(found.betaSchedule == schedule)
    }

    @Test func numbersAsPythonWritesThem() throws {
        let found = try configuration(
            #"{"_class_name": "DPMSolverMultistepScheduler", "lambda_min_clipped": -Infinity}"#)
        #expect(found.lambdaMin == -.infinity)
        let error = #expect(throws: FileError.self) {
            try configuration(#"{"_class_name": "DDIMScheduler", "beta_start": NaN}"#)
        }
        #expect(error?.description.contains("finite") == true)
    }

    @Test func unknownClassesAreReplacedWithANote() throws {
        let found = try configuration(#"{"_class_name": "FlowMatchEulerDiscreteScheduler"}"#)
        #expect(found.sampler == .euler)
        #expect(found.notes.count == 1)
    }

    @Test(arguments: Set(Sampler.allCases.compactMap(\.diffusersClass)).sorted())
    func everyClassOfTheTableIsFound(_ name: String) throws {
        let found = try configuration(
            #"{"_class_name": "\#(name)", "skip_prk_steps": true}"#)
        #expect(found.sampler.diffusersClass == name)
        #expect(found.notes.isEmpty)
        let error = #expect(throws: FileError.self) {
            try configuration(#"{"_class_name": "WonderScheduler"}"#).check(nil)
        }
        #expect(error?.description.contains(name) == true)
    }
}
