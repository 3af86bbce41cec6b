import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Pictures painted twice by tiny random models, against diffusers; see `Fixtures/make_hires.py`.
@Suite struct HiresTests {
    static let runs: [(model: String, sampler: Sampler?, key: String)] =
        [Sampler.ddim, .eulerAncestral].flatMap { (sampler: Sampler) in
            ["lanczos", "latent", "latent-bicubic", "latent-nearest-exact"].map {
                ("tiny-sd1", sampler, "\(sampler)/\($0)")
            }
        } + [("tiny-sdxl", nil, "xl/lanczos"), ("tiny-sdxl", nil, "xl/latent")]

    private static func request(_ sampler: Sampler?, _ hires: HiresOptions) -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", width: 24, height: 16, guidanceScale: 5, seed: 42,
            precision: .f32, diffusion: DiffusionOptions(steps: 4, sampler: sampler))
        request.diffusion.hires = hires
        return request
    }

    @Test(arguments: runs) func paintsTwiceAsDiffusersDoes(
        _ run: (model: String, sampler: Sampler?, key: String)
    ) async throws {
        let painter = try await Painter(folder: Fixture.path(run.model))
        let upscaler = try #require(
            HiresUpscaler(text: String(run.key.split(separator: "/")[1])))
        let painting = try await painter.paint(
            Self.request(
                run.sampler,
                HiresOptions(scale: 1.5, strength: 0.6, steps: 5, upscaler: upscaler)),
            PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        #expect((painted.picture.width, painted.picture.height) == (36, 24))
        let found = try await DiffusersDifference(
            painted, file: "hires.safetensors", key: run.key)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
    }

    @Test func aNetworkEnlargesBetween() async throws {
        let file = Fixture.path("upscalers/compact.safetensors")
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"), upscaler: file)
        let painted = try #require(
            try await painter.paint(
                Self.request(.ddim, HiresOptions(scale: 2, strength: 0.5, steps: 4))
            ).pictures.first)
        let first = try #require(
            try await painter.paint(Self.request(.ddim, HiresOptions())).pictures.first)
        let enlarged = try await first.picture.enlarged(by: 2, try await Upscaler.load(file))
        var request = Self.request(.ddim, HiresOptions())
        (request.width, request.height) = (48, 32)
        request.source = .image(enlarged, strength: 0.5)
        let edited = try #require(try await painter.paint(request).pictures.first)
        #expect(painted.picture == edited.picture)
        #expect(painted.request.parts.upscaler == "compact.safetensors")
        #expect(first.request.parts.upscaler == nil)
    }

    @Test func whatCannotBeIsRefused() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let picture = try #require(
            try await painter.paint(Self.request(.ddim, HiresOptions())).pictures.first
        ).picture
        let refused: [(HiresOptions, PaintSource, String)] = [
            (HiresOptions(scale: 1), .text, "hires scale: 1.0 is not above 1.0 and up to 8.0"),
            (HiresOptions(strength: 0.5), .text, "hires strength: goes with hires scale"),
            (HiresOptions(scale: 2, strength: 0), .text, "hires strength: 0.0 is not above"),
            (
                HiresOptions(scale: 2, strength: 0.1, steps: 4), .text,
                "hires strength: 0.1 of 4 steps is not one; from 0.25 on is accepted"
            ),
            (
                HiresOptions(scale: 2, upscaler: .model), .text,
                "hires upscaler: the painter has no upscaler"
            ),
            (HiresOptions(scale: 2), .image(picture), "hires scale: is for pictures from words"),
        ]
        for (hires, source, message) in refused {
            var request = Self.request(.ddim, hires)
            request.source = source
            let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
            #expect("\(try #require(error))".contains(message))
        }
    }

    @Test func theSettingsComeBack() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let resolved = try painter.resolved(Self.request(.ddim, HiresOptions(scale: 2)))
        let again = try PaintRequest(json: resolved.request.json())
        #expect(again.diffusion.hires == resolved.request.diffusion.hires)
        #expect(again.diffusion.hires.upscaler == .lanczos)
        let texts = try resolved.texts(model: "m")
        #expect(
            texts[0].text.contains("Hires upscale: 2.0, Hires steps: 4, Hires upscaler: Lanczos"))
        // As others read it, all of them are taken.
        let read = try CarriedSettings(texts: [texts[0]], file: "a.png").request
        #expect(read.diffusion.hires.steps == 10)
    }

    @Test("Of the steps that another program takes in a second pass as many are taken here")
    func stepsOfOthers() {
        for count in [1, 2, 7, 15, 20, 50] {
            for strength in [0.1, 0.3, 0.4, 0.55, 0.7, 0.75, 0.9, 1] {
                let asked = HiresOptions.steps(taking: count, strength: strength)
                #expect(Int(Double(asked) * strength) == count, "\(count) at \(strength)")
            }
        }
        #expect(HiresOptions.steps(taking: 20, strength: 0.7) == 29)
        #expect(HiresOptions.steps(taking: 14, strength: 0.7) == 20)
        #expect(HiresOptions.steps(taking: .max, strength: 1e-300) == 1000)
        #expect(HiresOptions.steps(taking: 9, strength: nil) == 9)
    }

    @Test("A sampler of the second pass adds as much noise as the first one's is asked to")
    func etaOfBothPasses() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = Self.request(.eulerAncestral, HiresOptions(scale: 1.5, strength: 0.6))
        request.diffusion.eta = 0.5
        let usual = try await painter.paint(request).pictures[0].picture
        request.diffusion.hires.sampler = .eulerAncestral
        #expect(try await painter.paint(request).pictures[0].picture == usual)
        request.diffusion.eta = nil
        #expect(try await painter.paint(request).pictures[0].picture != usual)
    }

    @Test func sizesThatNoMemoryHoldsAreRefused() async throws {
        let picture = Picture(width: 1024, height: 1024, color: [1, 2, 3])
        for factor in [0, 24, 64] {
            await #expect(throws: PaintError.self) {
                try await picture.enlarged(by: Double(factor))
            }
        }
    }
}
