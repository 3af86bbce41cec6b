import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Pictures as prompts of tiny random models, against diffusers; see `Fixtures/make_ip.py`.
@Suite struct ImagePromptTests {
    struct Run: Sendable, CustomTestStringConvertible {
        var model = "tiny-sd1"
        let key: String
        let file: String
        var scale = 0.7
        var guidance = 5.0
        var isControlled = false
        var testDescription: String { key }
    }

    static let runs = [
        Run(key: "base", file: "base.safetensors"),
        Run(key: "base/unguided", file: "base.safetensors", guidance: 1),
        Run(key: "plus", file: "plus.bin", scale: 1),
        Run(key: "control", file: "plus.bin", isControlled: true),
        Run(model: "tiny-sdxl", key: "xl/base", file: "base-xl.safetensors", scale: 0.6),
        Run(model: "tiny-sdxl", key: "xl/plus", file: "plus-xl.safetensors", scale: 0.6),
    ]

    private static func picture(_ file: String, _ key: String) async throws -> Picture {
        try await Engine.run { try Fixture(file).picture(key) }
    }

    private static func painter(
        _ model: String, _ file: String, controlNets: [String] = []
    ) async throws -> Painter {
        try await Painter(
            folder: Fixture.path(model), controlNets: controlNets,
            imagePrompts: ImagePromptParts(
                adapter: Fixture.path("ip/\(file)"), encoder: Fixture.path("ip/encoder")))
    }

    private static func request(_ options: ImagePromptOptions) -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", width: 24, height: 16, guidanceScale: 5, seed: 42,
            precision: .f32, diffusion: DiffusionOptions(steps: 4))
        request.diffusion.imagePrompt = options
        return request
    }

    @Test(arguments: runs) func paintsWhatDiffusersPaints(_ run: Run) async throws {
        let painter = try await Self.painter(
            run.model, run.file,
            controlNets: run.isControlled ? [Fixture.path("tiny-control")] : [])
        var request = Self.request(
            ImagePromptOptions(
                picture: try await Self.picture("ip.safetensors", "picture"), scale: run.scale))
        request.guidanceScale = run.guidance
        if run.model == "tiny-sd1" { request.diffusion.sampler = .ddim }
        if run.isControlled {
            request.diffusion.controls = [
                Control(
                    try await Self.picture("control.safetensors", "lines"), preparation: .none,
                    scale: 0.8, part: 0...1)
            ]
        }
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        let found = try await DiffusersDifference(painted, file: "ip.safetensors", key: run.key)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
        #expect(painted.request.parts.adapter == run.file)
    }

    @Test func nothingOfThePictureIsThePlainPainting() async throws {
        let painter = try await Self.painter("tiny-sd1", "plus.bin")
        let shown = try await Self.picture("ip.safetensors", "picture")
        let none = try await painter.paint(
            Self.request(ImagePromptOptions(picture: shown, scale: 0)))
        let plain = try await Painter(folder: Fixture.path("tiny-sd1"))
            .paint(Self.request(ImagePromptOptions()))
        #expect(none.pictures[0].picture == plain.pictures[0].picture)
        // Frames of a way are like it too.
        var way = Self.request(ImagePromptOptions(picture: shown))
        way.source = .interpolation(["a green pear"], frames: 1)
        let frames = try await painter.paint(way).pictures
        let alone = try await painter.paint(Self.request(ImagePromptOptions(picture: shown)))
        #expect(frames[0].picture == alone.pictures[0].picture)
    }

    @Test func whatDoesNotFitIsRefused() async throws {
        func problem(_ model: String, _ adapter: String, _ encoder: String) async -> String {
            do {
                _ = try await Painter(
                    folder: Fixture.path(model),
                    imagePrompts: ImagePromptParts(
                        adapter: Fixture.path(adapter), encoder: Fixture.path(encoder)))
                return ""
            } catch { return "\(error)" }
        }
        let encoder = "ip/encoder"
        #expect(
            await problem("tiny-sdxl", "ip/base.safetensors", encoder)
                .contains("another family of models"))
        #expect(
            await problem("tiny-sd1", "ip/base.safetensors", "tiny-unclip/image_encoder")
                .contains("goes with another one"))
        #expect(await problem("tiny-sd1", "ip/faces.safetensors", encoder).contains("FaceID"))
        #expect(
            await problem("tiny-sd1", "control.safetensors", encoder).contains("no IP-Adapter"))
        #expect(await problem("tiny-sd1", "ip/none.bin", encoder).contains("is not there"))
        #expect(await problem("tiny-sd1", "ip", encoder).contains("is no file"))
        #expect(
            await problem("tiny-sd1", "ip/plus.bin", "ip").contains("no folder of an image encoder")
        )
        #expect(
            await problem("tiny-dalle", "ip/plus.bin", encoder).contains("only a latent diffusion"))
        let plain = try await Painter(folder: Fixture.path("tiny-sd1"))
        let shown = try await Self.picture("ip.safetensors", "picture")
        #expect(throws: PaintError.self) {
            try plain.resolved(Self.request(ImagePromptOptions(picture: shown)))
        }
        let seeing = try await Self.painter("tiny-sd1", "plus.bin")
        #expect(throws: PaintError.self) {
            try seeing.resolved(Self.request(ImagePromptOptions()))
        }
    }
}
