import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Whole pictures from tiny random models, against diffusers.
@Suite struct PainterTests {
    static let request = PaintRequest(
        prompt: "a red apple", guidanceScale: 5, seed: 42, precision: .f32,
        diffusion: DiffusionOptions(steps: 10))

    /// A model and a sampler whose picture diffusers painted.
    struct Run: Sendable, CustomTestStringConvertible {
        let model: String
        let sampler: Sampler
        var testDescription: String { "\(model) \(sampler)" }
    }

    static let runs = ["tiny-sd1", "tiny-sd2", "tiny-pinxit"].flatMap { model in
        [Sampler.ddim, .euler, .eulerAncestral, .dpmpp2M].compactMap { sampler in
            // diffusers has no ancestral steps for flows.
            model == "tiny-pinxit" && sampler == .eulerAncestral
                ? nil : Run(model: model, sampler: sampler)
        }
    }

    @Test(arguments: runs) func paintsWhatDiffusersPaints(_ run: Run) async throws {
        let painter = try await Painter(folder: Fixture.path(run.model))
        var request = Self.request
        request.diffusion.sampler = run.sampler
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let painted = try #require(painting.pictures.first)
        let tensors = try #require(painted.tensors)
        let (noise, latents, image, worst) = try await Engine.run {
            let fixture = try Fixture("\(run.model)/expected.safetensors")
            let name = run.sampler.name
            let expected = fixture["picture/\(name)"]
            let levels = UnsafeRawBufferPointer(start: expected.pointer, count: expected.byteCount)
            #expect(levels.count == painted.picture.pixels.count)
            let worst = zip(levels, painted.picture.pixels).reduce(0) {
                max($0, abs(Int($1.0) - Int($1.1)))
            }
            return (
                largestDifference(tensors.noise, fixture["noise"]),
                largestDifference(tensors.latents, fixture["latents/\(name)"]),
                largestDifference(
                    tensors.image.affine(0.5, 0.5).clamped(0, 1), fixture["image/\(name)"]),
                worst
            )
        }
        #expect(noise <= 2e-6)
        #expect(latents <= 2e-4)
        #expect(image <= 2e-4)
        #expect(worst <= 1)
    }

    @Test(arguments: ["tiny-sd1", "tiny-pinxit"])
    func everySamplerPaints(_ model: String) async throws {
        let painter = try await Painter(folder: Fixture.path(model))
        for sampler in Sampler.allCases {
            var request = Self.request
            (request.diffusion.sampler, request.diffusion.steps) = (sampler, 3)
            let painting = try await painter.paint(request)
            #expect(Set(painting.pictures[0].picture.pixels).count > 8, "\(sampler)")
        }
    }

    @Test func aPictureOfManyCanBePaintedAlone() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = Self.request
        (request.count, request.diffusion.steps) = (3, 2)
        let all = try await painter.paint(request).pictures
        #expect(all.map(\.seed) == [42, 43, 44])
        #expect(all[0].picture != all[1].picture)
        (request.count, request.seed) = (1, 43)
        #expect(try await painter.paint(request).pictures[0].picture == all[1].picture)
    }

    @Test func aModelThatGaveItsMemoryBackPaintsTheSameAgain() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let first = try await painter.paint(Self.request, PaintOptions(isLast: true))
        let second = try await painter.paint(Self.request)
        #expect(first.pictures[0].picture == second.pictures[0].picture)
    }

    @Test func sizesAndGuidanceAreObeyed() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = Self.request
        (request.width, request.height, request.guidanceScale, request.diffusion.steps) = (
            48, 20, 1, 2
        )
        let picture = try await painter.paint(request).pictures[0].picture
        #expect(picture.width == 48 && picture.height == 20)
    }

    @Test func bf16IsNearF32() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = Self.request
        request.guidanceScale = 1
        let exact = try await painter.paint(request).pictures[0].picture
        request.precision = .bf16
        let rounded = try await painter.paint(request).pictures[0].picture
        let differences = zip(exact.pixels, rounded.pixels).map { abs(Int($0) - Int($1)) }
        #expect(differences.contains { $0 > 0 })
        #expect(Double(differences.reduce(0, +)) / Double(differences.count) < 4)
    }

    @Test(arguments: ["tiny-sd1", "tiny-pinxit"], [Precision.f32, .bf16])
    func lowMemoryPaintsTheSamePicture(_ model: String, _ precision: Precision) async throws {
        var request = Self.request
        (request.diffusion.steps, request.precision) = (2, precision)
        let plain = try await Painter(folder: Fixture.path(model)).paint(request)
        let streamed = try await Painter(folder: Fixture.path(model), lowMemory: true)
            .paint(request)
        #expect(plain.pictures[0].picture == streamed.pictures[0].picture)
    }

    private func pixels(_ request: PaintRequest, _ model: String) async throws -> [UInt8] {
        try await Painter(folder: Fixture.path(model)).paint(request).pictures[0].picture.pixels
    }

    @Test("Guidance in the whole interval is plain guidance, in none of it no guidance")
    func guidanceInterval() async throws {
        var request = Self.request
        request.diffusion.steps = 4
        let whole = try await pixels(request, "tiny-sd1")
        request.diffusion.guidanceInterval = 0...1
        #expect(try await pixels(request, "tiny-sd1") == whole)
        request.diffusion.guidanceInterval = 0.3...0.7
        let part = try await pixels(request, "tiny-sd1")
        request.diffusion.guidanceInterval = 0...0
        let none = try await pixels(request, "tiny-sd1")
        #expect(part != whole && part != none)
        (request.diffusion.guidanceInterval, request.guidanceScale) = (nil, 1)
        let plain = try await pixels(request, "tiny-sd1")
        #expect(zip(plain, none).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test(
        "With an interval of one the deep levels are always evaluated; with more, pictures repeat",
        arguments: ["tiny-sd1", "tiny-sd2", "tiny-pinxit"])
    func deepCache(_ model: String) async throws {
        var request = Self.request
        (request.diffusion.steps, request.diffusion.sampler) = (4, .ddim)
        let whole = try await pixels(request, model)
        request.diffusion.deepCacheInterval = 1
        #expect(try await pixels(request, model) == whole)
        request.diffusion.deepCacheInterval = 2
        let sparse = try await pixels(request, model)
        #expect(sparse != whole)
        // Each picture of several starts anew.
        (request.count, request.seed) = (2, 41)
        let second = try await Painter(folder: Fixture.path(model)).paint(request).pictures[1]
        #expect(second.picture.pixels == sparse)
    }

    /// A model with one weight of a component infinite.
    private func poisoned(_ component: String, _ parameter: String) async throws -> String {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-pinxit"), toPath: folder)
        let file = try Component(path: "\(folder)/\(component)").weightsPath()
        try await Engine.run {
            var tensors = try Checkpoint.load(file).mapValues { $0.copy() }
            let weight = try #require(tensors[parameter])
            var values = weight.cast(to: .f32).floats
            values[values.count / 2] = .infinity
            tensors[parameter] = Tensor(values, shape: weight.shape)
            try Checkpoint.save(tensors, to: file)
        }
        return folder
    }

    @Test(
        "Token merging changes the picture a little, the same way every time",
        arguments: ["tiny-sd1"])
    func tokenMerging(_ model: String) async throws {
        let painter = try await Painter(folder: Fixture.path(model))
        let plain = try await painter.paint(Self.request, PaintOptions(keepingTensors: true))
            .pictures[0]
        var request = Self.request
        request.diffusion.tokenMerging = 0.5
        request.count = 2
        let merged = try await painter.paint(request, PaintOptions(keepingTensors: true)).pictures
        (request.seed, request.count) = (merged[1].seed, 1)
        let again = try await painter.paint(request, PaintOptions(keepingTensors: true)).pictures[0]
        try await Engine.run {
            let (a, b) = (
                try #require(plain.tensors).latents, try #require(merged[0].tensors).latents
            )
            let difference = relativeDifference(b, a)
            #expect(difference > 1e-5 && difference < 0.5, "\(difference)")
            let (c, d) = (
                try #require(merged[1].tensors).latents, try #require(again.tensors).latents
            )
            #expect(largestDifference(c, d) == 0)
        }
        request.diffusion.tokenMerging = 0.9
        await #expect(throws: PaintError.self) { _ = try await painter.paint(request) }
    }

    @Test(
        "Where no tokens are merged, the picture is the same and its painter says so",
        arguments: [("tiny-sdxl", 0, "no attention"), ("tiny-sd1", 1, "sides that")])
    func noTokenMerging(_ model: String, odd: Int, _ told: String) async throws {
        let painter = try await Painter(folder: Fixture.path(model))
        var request = Self.request
        // Its latents have eight a side.
        let side = try painter.resolved(request).width
        request.width = side + odd * side / 8
        let plain = try await painter.paint(request)
        request.diffusion.tokenMerging = 0.5
        let merged = try await painter.paint(request)
        #expect(plain.pictures[0].picture == merged.pictures[0].picture)
        #expect(!plain.summary.warnings.contains { $0.contains("token merging") })
        let warning = merged.summary.warnings.first { $0.contains("token merging does nothing") }
        #expect(try #require(warning).contains(told))
    }

    @Test(arguments: [
        ("text_encoder", "text_model.encoder.layers.0.mlp.fc1.weight", "text"),
        ("unet", "mid_block.resnets.0.conv2.weight", "step 1 of 2"),
        ("vae", "decoder.conv_in.weight", "picture"),
    ])
    func numbersThatAreNotFiniteAreTraced(component: String, parameter: String, stage: String)
        async throws
    {
        let folder = try await poisoned(component, parameter)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var request = Self.request
        request.diffusion.steps = 2
        let painter = try await Painter(folder: folder)
        let unchecked = await #expect(throws: PaintError.self) {
            _ = try await painter.paint(request)
        }
        #expect(unchecked == .notFinite(stage: component == "vae" ? "picture" : "latents"))
        do {
            _ = try await painter.paint(request, PaintOptions(checkingNumerics: true))
            Issue.record("nothing was found")
        } catch PaintError.numerics(let found, let operation) {
            #expect(found == stage)
            #expect(operation.contains(parameter), "\(operation)")
        }
        let sound = try await Painter(folder: Fixture.path("tiny-pinxit"))
        _ = try await sound.paint(request, PaintOptions(checkingNumerics: true))
    }

    @Test func whatIsLeftOpenIsFilledIn() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let resolved = try painter.resolved(PaintRequest(prompt: "", seed: 3))
        #expect(resolved.width == 32 && resolved.height == 32)
        #expect(resolved.precision == .usual && resolved.seed == 3 && resolved.count == 1)
        guard case .diffusion(let diffusion) = resolved.settings else {
            Issue.record("\(resolved.settings)")
            return
        }
        #expect(diffusion.steps == 20 && diffusion.guidanceScale == 7.5)
        #expect(diffusion.sampler == .pndm && diffusion.guidanceInterval == 0...1)
        #expect(diffusion.deepCacheInterval == 1 && diffusion.tokenMerging == 0)
    }

    @Test func wordsThatDoNotFitAreNamed() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var request = Self.request
        request.diffusion.steps = 1
        request.prompt = "a red apple on a blue apple and a a zebra"
        let painting = try await painter.paint(request)
        #expect(painting.warnings.contains { $0.contains("\"zebra\"") })
        request.prompt = "a red apple"
        #expect(try await painter.paint(request).warnings.isEmpty)
    }

    @Test(arguments: [
        PaintRequest(prompt: "", width: 33), PaintRequest(prompt: "", height: 0),
        PaintRequest(prompt: "", width: 1 << 40),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(steps: 0)),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(steps: 1001)),
        PaintRequest(prompt: "", guidanceScale: .nan),
        PaintRequest(prompt: "", count: 0),
    ])
    func impossibleRequestsAreRefused(_ request: PaintRequest) async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        await #expect(throws: PaintError.self) { try await painter.paint(request) }
    }

    @Test func aFolderWithoutAModelIsRefused() async {
        await #expect(throws: PaintError.self) { try await Painter(folder: "/nonexistent") }
    }

    @Test("Another decoder: the model's own gives its picture, one of other latents is refused")
    func decoders() async throws {
        let folder = Fixture.path("tiny-sd1")
        let plain = try await Painter(folder: folder).paint(Self.request)
        let same = try await Painter(folder: folder, decoder: folder + "/vae")
        #expect(
            try await same.paint(Self.request).pictures[0].picture
                == plain.pictures[0].picture)
        let other = Fixture.path("tiny-pinxit") + "/vae"
        let error = await #expect(throws: FileError.self) {
            _ = try await Painter(folder: folder, decoder: other)
        }
        #expect("\(try #require(error))".contains(other))
        await #expect(throws: PaintError.self) {
            _ = try await Painter(folder: Fixture.path("tiny-unclip"), decoder: folder + "/vae")
        }
    }
}
