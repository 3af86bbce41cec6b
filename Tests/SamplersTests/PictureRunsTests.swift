import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Runs that begin with a picture, against numbers of diffusers' schedulers as its pipelines for
/// image to image and inpainting call them.
@Suite struct PictureRunsTests {
    /// A picture of two numbers, of which the second is kept where a run has a mask.
    private static let picture = Tensor([1, -0.5])
    private static let noise = Tensor([0.7, 0.2])
    private static let mask = Tensor([1, 0])

    private static func plan(_ name: String, _ more: [JSONMember] = [], steps: Int) throws
        -> SamplingPlan
    {
        let members = [
            JSONMember("_class_name", .string(name)), JSONMember("beta_start", 0.00085),
            JSONMember("beta_end", 0.012), JSONMember("beta_schedule", "scaled_linear"),
            JSONMember("skip_prk_steps", true),
        ]
        let json = JSONField(file: "s", path: "", value: .object(members + more))
        return SamplingPlan(try SchedulerConfiguration(json), steps: steps)
    }

    /// What a plan makes of the picture from a step on; with a mask, of noise if it is the first.
    private static func end(
        _ whole: SamplingPlan, from index: Int, isMasked: Bool = false, of clean: Tensor = picture
    ) throws -> [Float] {
        let plan = whole.sampler.entering(whole, index)
        let x =
            isMasked && index == 0
            ? plan.start(from: noise) : plan.start(from: clean, noise: noise)
        let keeping: AfterStep = { x, level in
            let own = level.map { blend(Float($0.alpha), clean, Float($0.sigma), noise) } ?? clean
            return own * mask.affine(-1, 1) + x * mask
        }
        return try plan.sample(
            x, afterStep: isMasked ? keeping : nil,
            denoise: plan.denoiser { x, t in
                // Both numbers matter to each other, as pixels do.
                let other = Tensor([x.floats[1], x.floats[0]])
                return blend(0.3, x, 0.1, other).affine(1, 1e-5 * t)
            }
        ).floats
    }

    private static func isNear(_ found: [Float], _ expected: [Float]) -> Bool {
        zip(found, expected).allSatisfy { abs($0 - $1) <= 2e-5 * max(1, abs($1)) }
    }

    @Test(
        "PNDM begins with a picture in every spacing as diffusers does",
        arguments: [
            ("leading", 4, 2, [1.457207, -0.212451]), ("leading", 7, 1, [2.138607, -0.331843]),
            ("leading", 10, 7, [1.253462, -0.327713]), ("leading", 7, 0, [2.534064, -0.308461]),
            ("linspace", 4, 2, [1.363235, -0.066941]), ("linspace", 7, 1, [2.443657, -0.240961]),
            ("linspace", 10, 7, [1.2753, -0.302019]), ("linspace", 7, 0, [3.148285, -0.258104]),
            ("trailing", 4, 2, [1.488293, -0.136052]), ("trailing", 7, 1, [2.864081, -0.390993]),
            ("trailing", 10, 7, [1.296636, -0.287778]), ("trailing", 7, 0, [3.851103, -0.521375]),
        ] as [(String, Int, Int, [Float])])
    func pndm(_ spacing: String, _ steps: Int, _ index: Int, _ expected: [Float]) async throws {
        try await Engine.run {
            let plan = try Self.plan(
                "PNDMScheduler",
                [
                    JSONMember("timestep_spacing", .string(spacing)),
                    JSONMember("steps_offset", .integer(1)),
                ], steps: steps)
            let found = try Self.end(plan, from: index)
            #expect(Self.isNear(found, expected), "\(found)")
        }
    }

    @Test(
        "LMS goes without the slopes of dropped steps, and weighs the others as if they were there",
        arguments: [
            (6, 3, [1.345967, -0.336164]), (8, 2, [1.887096, -0.292702]),
            (8, 6, [0.99304, -0.418839]), (5, 0, [4.671276, -0.452108]),
        ] as [(Int, Int, [Float])])
    func lms(_ steps: Int, _ index: Int, _ expected: [Float]) async throws {
        try await Engine.run {
            let plan = try Self.plan("LMSDiscreteScheduler", steps: steps)
            let found = try Self.end(plan, from: index)
            #expect(Self.isNear(found, expected), "\(found)")
        }
    }

    @Test(
        "What is kept of a picture is kept half way too",
        arguments: [
            ("HeunDiscreteScheduler", 4, 0, 2.641189), ("HeunDiscreteScheduler", 4, 2, 1.327937),
            ("HeunDiscreteScheduler", 5, 1, 2.024514), ("KDPM2DiscreteScheduler", 4, 0, 3.271059),
            ("KDPM2DiscreteScheduler", 4, 2, 1.314836), ("KDPM2DiscreteScheduler", 5, 1, 2.045601),
        ] as [(String, Int, Int, Float)])
    func halfWays(_ name: String, _ steps: Int, _ index: Int, _ expected: Float) async throws {
        try await Engine.run {
            let plan = try Self.plan(name, steps: steps)
            let found = try Self.end(plan, from: index, isMasked: true)
            #expect(Self.isNear(found, [expected, -0.5]), "\(found)")
        }
    }

    @Test("Levels of even logarithms are heeded as DPM++'s file asks for them")
    func luLambdas() async throws {
        try await Engine.run {
            let plan = try Self.plan(
                "DPMSolverMultistepScheduler", [JSONMember("use_lu_lambdas", true)], steps: 5)
            #expect(plan.steps.map(\.timestep) == [999, 681, 233, 20, 0])
            let levels: [Float] = [14.614647, 3.088988, 0.652896, 0.137998, 0.029168]
            #expect(Self.isNear(plan.steps.map { Float($0.input.ratio) }, levels))
            let found = try Self.end(plan, from: 0, of: Tensor([0, -0.5]))
            #expect(Self.isNear(found, [3.788019, -0.496744]), "\(found)")
        }
    }

    @Test("A walk's seed in a scheduler's file goes before the picture's")
    func walkSeeds() async throws {
        try await Engine.run {
            func end(_ more: [JSONMember], seed: UInt64) throws -> [Float] {
                let plan = try Self.plan("DPMSolverSDEScheduler", more, steps: 3)
                return try plan.sample(
                    plan.start(from: Self.noise), seed: seed,
                    denoise: plan.denoiser { x, _ in x * 0.3 }
                ).floats
            }
            let own = [JSONMember("noise_sampler_seed", .integer(7))]
            let walked = try end(own, seed: 1)
            let others = (try end(own, seed: 2), try end([], seed: 7))
            #expect(walked == others.0 && walked == others.1)
            let plain = (try end([], seed: 1), try end([], seed: 2))
            #expect(plain.0 != plain.1)
        }
    }

    @Test("TCD adds no noise unless it is told to, as in diffusers' pipelines")
    func tcd() async throws {
        try await Engine.run {
            for (sampler, expected) in [(Sampler.tcd, 0), (.tcd(eta: 0.3), 3)] {
                let plan = SamplingPlan(SchedulerConfiguration(), sampler: sampler, steps: 4)
                var draws = 0
                _ = try plan.sample(
                    from: Self.noise,
                    drawing: {
                        draws += 1
                        return Self.noise
                    }, denoise: plan.denoiser { x, _ in x * 0.3 })
                #expect(draws == expected)
            }
        }
    }
}
