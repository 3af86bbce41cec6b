import Foundation
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Pictures changed and repainted by tiny random models, against diffusers.
@Suite struct EditingTests {
    /// A model, what it starts from, and the key of what diffusers made of it.
    struct Run: Sendable, CustomTestStringConvertible {
        var model = "tiny-sd1"
        var unet: String?
        let key: String
        var isMasked = false
        var strength: Double?
        var steps = 5
        var guidance = 5.0
        var sampler: Sampler?
        var negativePrompt = ""
        var testDescription: String { key }
    }

    private static let samplers: [Sampler] = [
        .ddim, .euler, .eulerAncestral, .dpmpp2M, .lcm, .pndm,
    ]

    private static let changed = samplers.flatMap { sampler in
        [0.5, 0.8, 1.0].map { (strength: Double) in
            Run(
                key: "image/\(sampler)/\(strength)", strength: strength, steps: 6,
                sampler: sampler)
        }
    }
    private static let repainted = samplers.flatMap { sampler in
        [0.6, 1.0].map { (strength: Double) in
            Run(
                key: "inpaint/\(sampler)/\(strength)", isMasked: true, strength: strength,
                sampler: sampler)
        }
    }
    private static let ofNineChannels = [Sampler.ddim, .eulerAncestral].flatMap {
        (sampler: Sampler) in
        [0.6, 1.0].map { (strength: Double) in
            Run(
                unet: "tiny-inpaint", key: "nine/\(sampler)/\(strength)", isMasked: true,
                strength: strength, sampler: sampler)
        }
    }
    private static let instructed = [
        Run(
            unet: "tiny-instruct", key: "instruct/ddim", steps: 4, sampler: .ddim,
            negativePrompt: "two blue apples"),
        Run(
            unet: "tiny-instruct", key: "instruct/euler_a", steps: 4, sampler: .eulerAncestral,
            negativePrompt: "two blue apples"),
        Run(
            unet: "tiny-instruct", key: "instruct/plain", steps: 4, guidance: 1,
            sampler: .eulerAncestral),
    ]
    private static let large = [
        Run(model: "tiny-sdxl", key: "xl/image", strength: 0.7),
        Run(model: "tiny-sdxl", key: "xl/inpaint/0.6", isMasked: true, strength: 0.6),
        Run(model: "tiny-sdxl", key: "xl/inpaint/1.0", isMasked: true, strength: 1),
    ]

    /// LCM's own rule: all its steps lie within the strength.
    private static let consistent = [(0.6, 4), (0.5, 2), (1.0, 3)].map {
        Run(
            model: "tiny-lcm", key: "lcm/\($0.0)", strength: $0.0, steps: $0.1, guidance: 8.5,
            sampler: .lcm)
    }

    static let runs = changed + repainted + ofNineChannels + instructed + large + consistent

    @Test func consistencyModelsTakeAllStepsWithinTheStrength() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-lcm"))
        let picture = Picture(
            width: 8, height: 8, channels: 3, pixels: .init(repeating: 9, count: 192))
        var request = PaintRequest(prompt: "x", source: .image(picture, strength: 0.3))
        let settings = try painter.diffusionSettings(request)
        #expect(settings.steps == 4 && settings.strength == 0.3)
        // 0.06 of the 50 steps it was distilled at are 3.
        request.source = .image(picture, strength: 0.06)
        let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
        #expect("\(String(describing: error))".contains("from 0.08 on"))
    }

    @Test("A strength next to nothing leaves a model of few steps no step, and is refused")
    func nextToNothing() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-lcm"))
        var request = PaintRequest(prompt: "x")
        request.diffusion.hires = HiresOptions(scale: 2, strength: 1e-300)
        let expected = PaintError.request(
            field: "hires strength",
            problem: "1e-300 of 100000 steps is not one; from 0.01 on is accepted")
        #expect(throws: expected) { try painter.resolved(request) }
    }

    @Test(arguments: runs) func paintsWhatDiffusersPaints(_ run: Run) async throws {
        let pictures = try await EditingPictures()
        let painter = try await Painter(
            folder: Fixture.path(run.model), unet: run.unet.map { Fixture.path($0) })
        var request = PaintRequest(
            prompt: "a red apple", negativePrompt: run.negativePrompt,
            source: run.isMasked
                ? .inpaint(
                    pictures.picture, Mask(pictures.mask, blur: 0), strength: run.strength)
                : .image(pictures.picture, strength: run.strength),
            width: 24, height: 16, guidanceScale: run.guidance, seed: 42, precision: .f32)
        request.diffusion.steps = run.steps
        request.diffusion.sampler = run.sampler
        if run.unet == "tiny-instruct" { request.diffusion.imageGuidanceScale = 1.75 }
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        // Where nothing is repainted diffusers gives the decoder's picture, and we the original.
        let found = try await DiffusersDifference(
            painted, file: "editing.safetensors", key: run.key,
            within: run.isMasked ? pictures.mask : nil)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
        guard run.isMasked else { return }
        #expect(pictures.picture.differences(from: painted.picture, outside: pictures.mask) == 0)
    }

    @Test(
        "An SDXL of instructions is given its picture as it learnt to be", arguments: [true, false])
    func instructedSDXL(_ isCosXL: Bool) async throws {
        let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-sdxl"), toPath: folder)
        if isCosXL {
            let file = folder.path("model_index.json")
            let index = try #require(try JSONFile.read(file).value)
            try JSONFile.write(index.setting("is_cosxl_edit", true), to: file)
        }
        let painter = try await Painter(folder: folder, unet: Fixture.path("tiny-instruct-xl"))
        let pictures = try await EditingPictures()
        var request = PaintRequest(
            prompt: "a red apple", source: .image(pictures.picture), width: 24, height: 16,
            guidanceScale: 5, seed: 42, precision: .f32)
        request.diffusion.steps = 4
        request.diffusion.sampler = .euler
        request.diffusion.imageGuidanceScale = 1.75
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let found = try await DiffusersDifference(
            painting.pictures[0], file: "cosxl.safetensors", key: isCosXL ? "edit" : "other")
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
    }

    @Test(arguments: [0.4, 2, 5.5]) func blursAsPillowDoes(_ radius: Double) async throws {
        let pictures = try await EditingPictures()
        let expected = try await EditingPictures.picture(
            "blurred/\(radius == 2 ? "2" : "\(radius)")")
        #expect(pictures.wide.blurred(radius: radius) == expected)
    }

    @Test func aPictureOfAnotherSizeIsBroughtToIt() async throws {
        let pictures = try await EditingPictures()
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = PaintRequest(
            prompt: "a red apple", source: .image(pictures.wide, strength: 0.6), width: 24,
            height: 16, guidanceScale: 1, seed: 42, precision: .f32)
        request.diffusion = DiffusionOptions(steps: 5, sampler: .ddim)
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let found = try await DiffusersDifference(
            try #require(painting.pictures.first), file: "editing.safetensors",
            key: "image/resized")
        #expect(found.latents <= 2e-4)
        #expect(found.levels <= 1)
    }
}

/// What `make_editing.py` starts from.
struct EditingPictures: Sendable {
    let picture: Picture
    let wide: Picture
    let mask: Picture

    init() async throws {
        picture = try await Self.picture("picture")
        wide = try await Self.picture("wide")
        mask = try await Self.picture("mask")
    }

    /// A picture that the fixture holds as bytes, `[height, width, 3]` or `[height, width]`.
    static func picture(_ key: String) async throws -> Picture {
        try await Engine.run { try Fixture("editing.safetensors").picture(key) }
    }
}

extension Picture {
    /// How many bytes differ where a mask of the same size is black.
    func differences(from other: Picture, outside mask: Picture) -> Int {
        pixels.indices.count {
            mask.pixels[$0 / channels] == 0 && pixels[$0] != other.pixels[$0]
        }
    }
}
