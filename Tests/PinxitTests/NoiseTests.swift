import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Other noise, noise led to another seed's, and pictures that tile, against diffusers and
/// AUTOMATIC1111's formulas; see `Fixtures/make_noise.py`.
@Suite struct NoiseTests {
    private static func request(_ noise: NoiseOptions) -> PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", width: 24, height: 16, guidanceScale: 5, seed: 42,
            precision: .f32, diffusion: DiffusionOptions(steps: 4, sampler: .ddim))
        request.diffusion.noise = noise
        return request
    }

    private static let cases: [(key: String, noise: NoiseOptions)] = [
        ("philox", NoiseOptions(kind: .philox)),
        ("varied", NoiseOptions(variationSeed: 7, variationStrength: 0.3)),
        (
            "varied-philox",
            NoiseOptions(kind: .philox, variationSeed: 7, variationStrength: 0.3)
        ),
        ("tile/xy", NoiseOptions(tile: .xy)), ("tile/x", NoiseOptions(tile: .x)),
        ("tile/y", NoiseOptions(tile: .y)),
    ]

    @Test(arguments: cases) func pictureIsThatOfDiffusers(
        _ run: (key: String, noise: NoiseOptions)
    ) async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let painting = try await painter.paint(
            Self.request(run.noise), PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        let found = try await DiffusersDifference(
            painted, file: "noise.safetensors", key: run.key)
        #expect(found.latents <= 2e-4)
        #expect(found.image <= 2e-4)
        #expect(found.levels <= 1)
    }

    @Test func aPictureOfManyCanBePaintedAlone() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = Self.request(NoiseOptions(variationSeed: 7, variationStrength: 0.5))
        request.count = 2
        let all = try await painter.paint(request).pictures
        #expect(all.map(\.seed) == [42, 42] && all[0].picture != all[1].picture)
        let alone = all[1].request.request
        #expect(alone.diffusion.noise.variationSeed == 8 && alone.count == 1)
        #expect(try await painter.paint(alone).pictures[0].picture == all[1].picture)
        // Another kind of noise too, with a sampler that draws more of it.
        request = Self.request(NoiseOptions(kind: .philox))
        (request.count, request.diffusion.sampler) = (2, .dpmppSDE)
        let other = try await painter.paint(request).pictures
        let second = other[1].request.request
        #expect(second.seed == 43)
        #expect(try await painter.paint(second).pictures[0].picture == other[1].picture)
    }

    @Test func whatCannotBeVariedIsRefused() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let alone = Self.request(NoiseOptions(variationSeed: 7))
        #expect(throws: PaintError.self) { try painter.resolved(alone) }
        var way = Self.request(NoiseOptions(variationStrength: 0.5))
        way.source = .interpolation(["a green pear"], frames: 2)
        #expect(throws: PaintError.self) { try painter.resolved(way) }
        // Left to chance it is known afterwards.
        let chance = Self.request(NoiseOptions(variationStrength: 0.5))
        #expect(try painter.resolved(chance).request.diffusion.noise.variationSeed != nil)
    }

    @Test func whatOthersReadIsWritten() throws {
        var settings = ResolvedRequest.Diffusion(
            Self.request(NoiseOptions(kind: .philox, tile: .xy)), ModelSettings(), sampler: .ddim)
        settings.variation = .init(seed: 7, strength: 0.25)
        let resolved = ResolvedRequest(
            prompt: "x", negativePrompt: "", source: .text, width: 24, height: 16, seed: 42,
            count: 1, precision: .f32, settings: .diffusion(settings))
        let text = try resolved.texts(model: "m")[0].text
        #expect(text.contains("Variation seed: 7, Variation seed strength: 0.25, Tiling: True"))
        #expect(text.contains("RNG: NV"))
        let read = try CarriedSettings(
            texts: [PNGText(key: "parameters", text: text)], file: "a.png"
        ).request
        #expect(
            read.diffusion.noise
                == NoiseOptions(
                    kind: .philox, variationSeed: 7, variationStrength: 0.25, tile: .xy))
    }
}
