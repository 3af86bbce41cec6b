import Foundation
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

/// Whole pictures of a tiny random unCLIP, against diffusers.
@Suite struct UnCLIPTests {
    static let model = Fixture.path("tiny-unclip")
    static let request = PaintRequest(
        prompt: "a red apple", steps: 10, guidanceScale: 5, seed: 42, precision: .f32)

    static let source: Picture = {
        let expected = try! Fixture("tiny-unclip/expected.safetensors")
        let tensor = expected["picture"]
        let bytes = UnsafeRawBufferPointer(start: tensor.pointer, count: tensor.byteCount)
        return Picture(
            width: tensor.shape[1], height: tensor.shape[0], channels: 3, pixels: [UInt8](bytes))
    }()

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
        try await compare(try await painter.paint(Self.request, keepingTensors: true), "paint")
    }

    @Test func variesPicturesAsDiffusersDoes() async throws {
        let painter = try await Painter(folder: Self.model)
        var request = Self.request
        let noisy = try await painter.vary(
            Self.source, request, noiseLevel: 250, keepingTensors: true)
        try await compare(noisy, "vary_noisy")
        request.prompt = ""
        try await compare(
            try await painter.vary(Self.source, request, keepingTensors: true), "vary")
    }

    @Test func variationsDifferAndRepeat() async throws {
        let painter = try await Painter(folder: Self.model)
        var request = Self.request
        (request.prompt, request.count, request.steps) = ("", 3, 2)
        let first = try await painter.vary(Self.source, request)
        #expect(first.pictures.map(\.seed) == [42, 43, 44])
        #expect(first.pictures[0].picture != first.pictures[1].picture)
        let again = try await painter.vary(Self.source, request)
        #expect(first.pictures.map(\.picture) == again.pictures.map(\.picture))
    }

    @Test func blendsLeadFromOnePictureToTheOther() async throws {
        let painter = try await Painter(folder: Self.model)
        var request = Self.request
        (request.prompt, request.steps) = ("", 2)
        let other = Picture(width: 40, height: 40, color: [200, 30, 90])
        let blend = try await painter.blend(Self.source, other, at: [0, 0.5, 1], request)
        #expect(blend.request.count == 3 && blend.pictures.map(\.seed) == [42, 42, 42])
        let (a, b) = (
            try await painter.vary(Self.source, request), try await painter.vary(other, request)
        )
        // The first and the last may be off by what turning an arc by nothing rounds.
        #expect(distance(blend.pictures[0].picture, a.pictures[0].picture) < 0.1)
        #expect(distance(blend.pictures[2].picture, b.pictures[0].picture) < 0.1)
        #expect(blend.pictures[1].picture != blend.pictures[0].picture)
        #expect(blend.pictures[1].picture != blend.pictures[2].picture)
    }

    private func distance(_ a: Picture, _ b: Picture) -> Double {
        let sum = zip(a.pixels, b.pixels).reduce(0) { $0 + abs(Int($1.0) - Int($1.1)) }
        return Double(sum) / Double(a.pixels.count)
    }

    @Test func whatAModelLacksIsSaid() async throws {
        let plain = try await Painter(folder: Fixture.path("tiny-sd1"))
        await expectError("is no unCLIP model") {
            try await plain.vary(Self.source, Self.request)
        }
        let painter = try await Painter(folder: Self.model)
        await expectError("noise level: 1000 is not from 0 to 999") {
            try await painter.vary(Self.source, Self.request, noiseLevel: 1000)
        }
        await expectError("weights") {
            try await painter.blend(Self.source, Self.source, at: [2], Self.request)
        }
        let copy = NSTemporaryDirectory() + "unclip-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: copy) }
        try FileManager.default.copyItem(atPath: Self.model, toPath: copy)
        for name in ["prior", "image_encoder"] {
            try FileManager.default.removeItem(atPath: "\(copy)/\(name)")
        }
        let bare = try await Painter(folder: copy)
        await expectError("has no prior") { try await bare.paint(Self.request) }
        await expectError("has no image_encoder") {
            try await bare.vary(Self.source, Self.request)
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
