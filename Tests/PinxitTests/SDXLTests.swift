import Foundation
import PinxitFiles
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Whole pictures from tiny random models of SDXL's and of distilled kinds, against diffusers.
@Suite struct SDXLTests {
    /// A request and the keys of what diffusers made of it.
    struct Run: Sendable, CustomTestStringConvertible {
        let model: String
        let key: String
        let request: PaintRequest
        var testDescription: String { "\(model) \(key)" }
    }

    private static func request(
        steps: Int, guidance: Double, _ change: (inout PaintRequest) -> Void = { _ in }
    ) -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", guidanceScale: guidance, seed: 42, precision: .f32,
            diffusion: DiffusionOptions(steps: steps))
        change(&request)
        return request
    }

    static let runs: [Run] =
        [
            Run(model: "tiny-sdxl", key: "plain", request: request(steps: 6, guidance: 5)),
            Run(
                model: "tiny-sdxl", key: "told",
                request: request(steps: 4, guidance: 5) {
                    $0.negativePrompt = "two blue apples!"
                    $0.diffusion.conditions = PictureConditions(
                        originalSize: PictureSize(width: 640, height: 512),
                        crop: PicturePlace(left: 8, top: 16),
                        targetSize: PictureSize(width: 32, height: 64),
                        negativeOriginalSize: PictureSize(width: 50, height: 100),
                        negativeCrop: PicturePlace(left: 2, top: 1),
                        negativeTargetSize: PictureSize(width: 20, height: 30))
                }),
            Run(
                model: "tiny-sdxl", key: "wide",
                request: request(steps: 3, guidance: 1) { ($0.width, $0.height) = (24, 16) }),
            Run(
                model: "tiny-sdxl", key: "turbo",
                request: request(steps: 1, guidance: 0) {
                    ($0.diffusion.sampler, $0.diffusion.spacing) = (.eulerAncestral, .trailing)
                }),
        ]
        + [1, 2, 4].map {
            Run(model: "tiny-lcm", key: "steps_\($0)", request: request(steps: $0, guidance: 8.5))
        }

    @Test(arguments: runs) func paintsWhatDiffusersPaints(_ run: Run) async throws {
        let painter = try await Painter(folder: Fixture.path(run.model))
        let painting = try await painter.paint(run.request, PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        let found = try await DiffusersDifference(
            painted, file: "\(run.model)/expected.safetensors", key: run.key)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
    }

    /// `tiny-sdxl` with the schedule and the normed latents of Playground 2.5.
    private func playground() throws -> String {
        let folder = FileManager.default.temporaryDirectory.path + "/edm-\(UUID().uuidString)"
        try copyFolder(Fixture.path("tiny-sdxl"), to: folder)
        for (name, place) in [
            ("vae", "vae/config.json"), ("scheduler", "scheduler/scheduler_config.json"),
        ] {
            let json = try JSONFile.read(Fixture.path("tiny-playground/\(name).json"))
            try JSONFile.write(try #require(json.value), to: folder.path(place))
        }
        let index = folder.path("model_index.json")
        let text = try String(contentsOfFile: index, encoding: .utf8)
        #expect(text.contains("EulerDiscreteScheduler"))
        try text.replacing("EulerDiscreteScheduler", with: "EDMDPMSolverMultistepScheduler")
            .write(toFile: index, atomically: true, encoding: .utf8)
        return folder
    }

    @Test(
        "A model trained as in EDM paints what diffusers paints", arguments: ["dpmpp_2m", "euler"])
    func edm(_ sampler: String) async throws {
        let folder = try playground()
        defer { removeFolder(folder) }
        let painter = try await Painter(folder: folder)
        var request = Self.request(steps: 5, guidance: 3)
        if sampler != "dpmpp_2m" { request.diffusion.sampler = Sampler(name: sampler) }
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let tensors = try #require(painting.pictures.first?.tensors)
        let (latents, image) = try await Engine.run {
            let fixture = try Fixture("tiny-playground/expected.safetensors")
            let expected = fixture["\(sampler)/latent"]
            return (
                largestDifference(tensors.latents, expected)
                    / max(1, expected.floats.map(abs).max() ?? 1),
                largestDifference(
                    tensors.image.affine(0.5, 0.5).clamped(0, 1), fixture["\(sampler)/pt"])
            )
        }
        #expect(latents <= 2e-4)
        #expect(image <= 2e-4)
        request.diffusion.sampler = .lcm
        let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
        #expect("\(try #require(error))".contains("EDM"))
        await #expect(throws: PaintError.self) {
            try await Painter(folder: folder, refiner: Fixture.path("tiny-refiner"))
        }
    }

    @Test("Negative sizes are cut nowhere unless that is said, as in diffusers")
    func negativeCuts() {
        var asked = PictureConditions(crop: PicturePlace(left: 8, top: 16))
        func cut() -> [Int] {
            let size = PictureSize(width: 64, height: 64)
            let told = ResolvedRequest.Diffusion.Conditions(asked: asked, size: size).told.negative
            return [told.crop.top, told.crop.left]
        }
        #expect(cut() == [16, 8])
        asked.negativeOriginalSize = PictureSize(width: 32, height: 32)
        #expect(cut() == [16, 8])
        asked.negativeTargetSize = PictureSize(width: 64, height: 64)
        #expect(cut() == [0, 0])
        asked.negativeCrop = PicturePlace(left: 1, top: 2)
        #expect(cut() == [2, 1])
    }

    @Test("A base model is no refiner, and says so")
    func aBaseIsNoRefiner() async throws {
        let (base, one) = (Fixture.path("tiny-sdxl"), Fixture.path("tiny-sd1"))
        let error = await #expect(throws: PaintError.self) {
            try await Painter(folder: base, refiner: base)
        }
        let text = "\(try #require(error))"
        #expect(text.contains("two text encoders") && text.contains("refiner is accepted"))
        await #expect(throws: PaintError.self) { try await Painter(folder: base, refiner: one) }
    }

    @Test("A model that is no SDXL is given no refiner, and nothing traps")
    func onlySDXLIsRefined() async throws {
        let error = await #expect(throws: PaintError.self) {
            try await Painter(
                folder: Fixture.path("tiny-sd1"), refiner: Fixture.path("tiny-refiner"))
        }
        #expect("\(try #require(error))".contains("no SDXL"))
    }

    @Test func aRefinerTakesTheLastSteps() async throws {
        let painter = try await Painter(
            folder: Fixture.path("tiny-sdxl"), refiner: Fixture.path("tiny-refiner"))
        var request = Self.request(steps: 6, guidance: 5)
        request.diffusion.refinerAt = 0.7
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let tensors = try #require(painting.pictures.first?.tensors)
        let (latents, image) = try await Engine.run {
            let fixture = try Fixture("tiny-refiner/expected.safetensors")
            let expected = fixture["refined/latent"]
            return (
                largestDifference(tensors.latents, expected)
                    / max(1, expected.floats.map(abs).max() ?? 1),
                largestDifference(
                    tensors.image.affine(0.5, 0.5).clamped(0, 1), fixture["refined/pt"])
            )
        }
        #expect(latents <= 2e-4)
        #expect(image <= 2e-4)
        request.diffusion.refinerAt = 0.01
        await #expect(throws: PaintError.self) { try await painter.paint(request) }
        let alone = try await Painter(folder: Fixture.path("tiny-sdxl"))
        await #expect(throws: PaintError.self) { try await alone.paint(request) }
    }

    @Test("Both models' steps are counted with the spacing that is asked for")
    func aRefinerNeedsAStep() async throws {
        let painter = try await Painter(
            folder: Fixture.path("tiny-sdxl"), refiner: Fixture.path("tiny-refiner"))
        var request = Self.request(steps: 6, guidance: 1)
        request.diffusion.refinerAt = 0.9
        _ = try painter.resolved(request)  // leading, down to time step 1
        request.diffusion.spacing = .trailing  // down to 166
        #expect(throws: PaintError.self) { try painter.resolved(request) }
    }

    @Test func theGivenDecoderDecodesWhatARefinerDraws() async throws {
        let (base, second) = (Fixture.path("tiny-sdxl"), Fixture.path("tiny-refiner"))
        var pictures: [PaintedPicture] = []
        for decoder in [nil, "\(base)/vae", "\(second)/vae"] {
            let painter = try await Painter(folder: base, decoder: decoder, refiner: second)
            pictures += try await painter.paint(Self.request(steps: 6, guidance: 1)).pictures
        }
        #expect(pictures[0].picture != pictures[1].picture)
        #expect(pictures[0].picture == pictures[2].picture)
    }

    @Test("Sizes that no picture has are refused", arguments: ["0x0", "65537x1"])
    func sizesHaveBounds(_ size: String) async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sdxl"))
        for option in [\PictureConditions.originalSize, \.targetSize, \.negativeOriginalSize] {
            var request = Self.request(steps: 1, guidance: 1)
            request.diffusion.conditions[keyPath: option] = PictureSize(text: size)
            #expect(throws: PaintError.self) { try painter.resolved(request) }
        }
    }

    @Test func otherModelsAreToldNoSizes() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = Self.request(steps: 1, guidance: 1)
        request.diffusion.conditions.crop = PicturePlace(left: 1, top: 1)
        await #expect(throws: PaintError.self) { try await painter.paint(request) }
    }

    @Test func aModelToldTheGuidanceChoosesFewSteps() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-lcm"))
        let settings = try painter.diffusionSettings(PaintRequest(prompt: "a red apple"))
        #expect(settings.steps == 4 && settings.guidanceScale == 8.5 && settings.sampler == .lcm)
    }
}

@Suite struct FewStepsTests {
    @Test(arguments: [
        ("sd-turbo", 1, "euler_a", 1.0), ("sd_xl_turbo_1.0_fp16", 1, "euler_a", 1),
        ("sdxl-turbo", 1, "euler_a", 1), ("DreamShaperXL_Turbo_v2", 4, "euler_a", 1),
        ("sdxl_lightning_4step_unet", 4, "euler", 1), ("sdxl_lightning_1step_x0", 1, "euler", 1),
        ("Hyper-SDXL-8steps-CFG-lora", 8, "ddim", 5), ("Hyper-SD15-1step-lora", 1, "tcd", 1),
        ("Hyper-SDXL-1step-Unet", 1, "lcm", 1), ("lcm-lora-sdv1-5", 4, "lcm", 1),
        ("dmd2_sdxl_4step_unet_fp16", 4, "lcm", 1), ("sdxs-512-0.9", 1, "euler_a", 1),
        ("tcd-sdxl-lora", 4, "tcd", 1),
    ])
    func namesTellHow(_ name: String, _ steps: Int, _ sampler: String, _ guidance: Double) throws {
        let few = try #require(FewSteps(name: name))
        #expect(few.steps == steps && few.sampler.name == sampler, "\(few)")
        #expect(few.guidanceScale == guidance)
    }

    @Test(arguments: ["stable-diffusion-v1-5", "pinxit-small", "hyperrealism", "step-by-step"])
    func othersTellNothing(_ name: String) { #expect(FewSteps(name: name) == nil) }
}
