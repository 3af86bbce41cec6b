import Foundation
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Whole pictures of a tiny random unCLIP, against diffusers.
@Suite struct UnCLIPTests {
    static let model = Fixture.path("tiny-unclip")
    static let request = PaintRequest(
        prompt: "a red apple", guidanceScale: 5, seed: 42, precision: .f32,
        diffusion: DiffusionOptions(steps: 10))
    private static let keeping = PaintOptions(keepingTensors: true)

    private func request(_ source: PaintSource, prompt: String = "", steps: Int = 10)
        -> PaintRequest
    {
        var request = Self.request
        (request.source, request.prompt, request.diffusion.steps) = (source, prompt, steps)
        return request
    }

    static let source = try! Fixture("tiny-unclip/expected.safetensors").picture("picture")

    private func compare(_ painting: Painting, _ name: String) async throws {
        let painted = try #require(painting.pictures.first)
        let tensors = try #require(painted.tensors)
        try await Engine.run {
            let expected = try Fixture("tiny-unclip/expected.safetensors")
            #expect(
                relativeDifference(tensors.latents, expected["latents/\(name)"]) <= 2e-4, "\(name)")
            let image = tensors.image.affine(0.5, 0.5).clamped(0, 1)
            #expect(largestDifference(image, expected["image/\(name)"]) <= 1e-3, "\(name)")
            let levels = expected["picture/\(name)"]
            let bytes = UnsafeRawBufferPointer(start: levels.pointer, count: levels.byteCount)
            let worst = zip(bytes, painted.picture.pixels).map { abs(Int($0) - Int($1)) }.max()
            #expect(bytes.count == painted.picture.pixels.count)
            #expect(try #require(worst) <= 1, "\(name)")
        }
    }

    @Test func paintsTextAsDiffusersDoes() async throws {
        let painter = try await Painter(folder: Self.model)
        try await compare(try await painter.paint(Self.request, Self.keeping), "paint")
    }

    @Test func variesPicturesAsDiffusersDoes() async throws {
        let painter = try await Painter(folder: Self.model)
        let noisy = request(.variation(Self.source, noiseLevel: 250), prompt: "a red apple")
        try await compare(try await painter.paint(noisy, Self.keeping), "vary_noisy")
        let plain = request(.variation(Self.source))
        try await compare(try await painter.paint(plain, Self.keeping), "vary")
    }

    @Test func variationsDifferAndRepeat() async throws {
        let painter = try await Painter(folder: Self.model)
        var request = request(.variation(Self.source), steps: 2)
        request.count = 3
        let first = try await painter.paint(request)
        #expect(first.pictures.map(\.seed) == [42, 43, 44])
        #expect(first.pictures[0].picture != first.pictures[1].picture)
        let again = try await painter.paint(request)
        #expect(first.pictures.map(\.picture) == again.pictures.map(\.picture))
    }

    @Test func blendsLeadFromOnePictureToTheOther() async throws {
        let painter = try await Painter(folder: Self.model)
        let other = Picture(width: 40, height: 40, color: [200, 30, 90])
        let blend = try await painter.paint(
            request(.blend(Self.source, other, at: [0, 0.5, 1]), steps: 2))
        #expect(blend.request.count == 3 && blend.pictures.map(\.seed) == [42, 42, 42])
        let (a, b) = (
            try await painter.paint(request(.variation(Self.source), steps: 2)),
            try await painter.paint(request(.variation(other), steps: 2))
        )
        // The first and the last may be off by what turning an arc by nothing rounds.
        #expect(distance(blend.pictures[0].picture, a.pictures[0].picture) < 0.1)
        #expect(distance(blend.pictures[2].picture, b.pictures[0].picture) < 0.1)
        #expect(blend.pictures[1].picture != blend.pictures[0].picture)
        #expect(blend.pictures[1].picture != blend.pictures[2].picture)
        let alone = try await painter.paint(blend.pictures[1].request.request)
        #expect(alone.pictures.map(\.picture) == [blend.pictures[1].picture])
    }

    @Test func aVariationOfNoAmountIsThePictureAsTheAutoencoderSeesIt() async throws {
        let copy = try copiedWithoutEmbeddingNoise()
        defer { try? FileManager.default.removeItem(atPath: copy) }
        // Latents of the size of noise, as those of models that have learnt.
        let file = "\(copy)/vae/config.json"
        let vae = try #require(try JSONFile.read(file).value)
        try JSONFile.write(vae.setting("scaling_factor", 2.5), to: file)
        let painter = try await Painter(folder: copy)
        let latents = try await Engine.run {
            let model = try LatentDiffusion(DiffusersFolder(copy), addedWidth: 32)
            let picture = Self.source.rgb().resized(to: PictureSize(width: 16, height: 16), .crop)
            return try model.latents(of: Tensor(pictures: [picture]), type: .f32)
                .permuted([0, 3, 1, 2])
        }
        for (steps, bound) in [(10, Float(0.02)), (25, 0.005)] {
            var request = request(.variation(Self.source, amount: 0), steps: steps)
            request.diffusion.sampler = .dpmpp2M
            request.guidanceScale = 1
            let painting = try await painter.paint(request, Self.keeping)
            let found = try #require(painting.pictures.first?.tensors?.latents)
            let difference = await Engine.run { relativeDifference(found, latents) }
            #expect(difference < bound, "\(steps) steps: \(difference)")
        }
    }

    /// A copy of the model whose seeds draw nothing on the embedding, of which a model that has
    /// learnt nothing makes much.
    private func copiedWithoutEmbeddingNoise() throws -> String {
        let copy = try copied()
        let file = "\(copy)/image_noising_scheduler/scheduler_config.json"
        let scheduler = try #require(try JSONFile.read(file).value)
        try JSONFile.write(
            scheduler.setting("beta_schedule", "linear").setting("beta_start", 1e-12)
                .setting("beta_end", 1e-12), to: file)
        return copy
    }

    /// A copy of the model, to be changed.
    private func copied() throws -> String {
        let copy = NSTemporaryDirectory() + "unclip-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: Self.model, toPath: copy)
        return copy
    }

    @Test func amountsLeadFromThePictureToTheSeed() async throws {
        let copy = try copiedWithoutEmbeddingNoise()
        defer { try? FileManager.default.removeItem(atPath: copy) }
        let painter = try await Painter(folder: copy)
        func painted(_ amount: Double?, seed: UInt32 = 42) async throws -> Picture {
            var request = request(.variation(Self.source, amount: amount), steps: 10)
            (request.guidanceScale, request.seed) = (1, seed)
            request.diffusion.sampler = .dpmpp2M
            let painting = try await painter.paint(request)
            if amount == nil {
                // The folder's pinxit.json says nothing, so it is diffusers' way.
                #expect(painting.request.source == .variation(Self.source, amount: 1))
            }
            return painting.pictures[0].picture
        }
        #expect(try await painted(nil) == painted(1))
        let own = try await painted(0)
        let another = distance(try await painted(0, seed: 43), own)
        #expect(another == 0, "\(another)")
        var distances: [Double] = []
        for amount in [0.2, 0.5, 1] { distances.append(distance(try await painted(amount), own)) }
        #expect(distances == distances.sorted() && distances[0] > 0, "\(distances)")
    }

    @Test func blendsOfNoAmountBeginAndEndWithThePictures() async throws {
        let painter = try await Painter(folder: Self.model)
        let other = Picture(width: 40, height: 40, color: [200, 30, 90])
        let blend = try await painter.paint(
            request(.blend(Self.source, other, at: [0, 0.5, 1], amount: 0), steps: 4))
        for (number, picture) in [(0, Self.source), (2, other)] {
            let alone = try await painter.paint(
                request(.variation(picture, amount: 0), steps: 4))
            #expect(distance(blend.pictures[number].picture, alone.pictures[0].picture) < 0.1)
        }
    }

    private func distance(_ a: Picture, _ b: Picture) -> Double {
        let sum = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(a.pixels.count)
    }

    @Test func whatAModelLacksIsSaid() async throws {
        let plain = try await Painter(folder: Fixture.path("tiny-sd1"))
        await expectError("only an unCLIP model") {
            try await plain.paint(request(.variation(Self.source)))
        }
        let painter = try await Painter(folder: Self.model)
        await expectError("noise level: 1000 is not from 0 to 999") {
            try await painter.paint(request(.variation(Self.source, noiseLevel: 1000)))
        }
        await expectError("amount: -0.1 is not accepted; 0 to 1 is") {
            try await painter.paint(request(.variation(Self.source, amount: -0.1)))
        }
        await expectError("weights") {
            try await painter.paint(request(.blend(Self.source, Self.source, at: [2])))
        }
        let copy = try copied()
        defer { try? FileManager.default.removeItem(atPath: copy) }
        for name in ["prior", "image_encoder"] {
            try FileManager.default.removeItem(atPath: "\(copy)/\(name)")
        }
        let bare = try await Painter(folder: copy)
        await expectError("has no prior") { try await bare.paint(Self.request) }
        await expectError("has no image_encoder") {
            try await bare.paint(request(.variation(Self.source)))
        }
        try JSONFile.write(
            ["prior_steps": 1], to: "\(copy)/pinxit.json")
        await expectError("prior_steps") { try await Painter(folder: copy) }
    }

    private func expectError<Result>(_ hint: String, _ body: () async throws -> Result) async {
        do {
            _ = try await body()
            Issue.record("nothing was thrown; \(hint) was expected")
        } catch {
            #expect("\(error)".contains(hint))
        }
    }
}
