import Foundation
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

@testable import Pinxit

/// What is told of networks beside models before they are loaded.
@Suite struct ControlFactsTests {
    private static let models = ["tiny-sd1", "tiny-sd2", "tiny-sdxl", "tiny-dalle"]

    @Test(
        "A network goes with the models that it can be loaded beside, and no other",
        arguments: [
            ("tiny-control", ControlKind.controlNet, ["tiny-sd1"]),
            ("tiny-control-pooled", .controlNet, ["tiny-sd1"]),
            ("tiny-control-sd2", .controlNet, ["tiny-sd2"]),
            ("tiny-control-xl", .controlNet, ["tiny-sdxl"]),
            ("tiny-adapter", .t2iAdapter, ["tiny-sd1"]),
        ])
    func fits(_ name: String, _ kind: ControlKind, _ expected: [String]) async throws {
        let path = Fixture.path(name)
        let facts = try ControlFacts(path)
        #expect(facts.kind == kind)
        for model in Self.models {
            let misfit = facts.misfit(with: try ModelFolder(Fixture.path(model)))
            #expect((misfit == nil) == expected.contains(model), "\(model): \(misfit ?? "fits")")
            let loaded = try? await Painter(folder: Fixture.path(model), controlNets: [path])
            #expect((loaded != nil) == expected.contains(model), "\(model)")
        }
    }

    @Test("Why it does not go with a model is said as loading says it")
    func reasons() throws {
        func reason(_ name: String, _ model: String) throws -> String? {
            try ControlFacts(Fixture.path(name)).misfit(
                with: ModelFolder(Fixture.path(model)))
        }
        #expect(
            try reason("tiny-control-xl", "tiny-sd1")
                == "is a ControlNet for a model of context 40; the model is a model of context 16")
        #expect(
            try reason("tiny-adapter", "tiny-sdxl")
                == "is a T2I-Adapter for maps of 8, 16 channels; the U-Net has 8, 12")
        #expect(
            try reason("tiny-control", "tiny-dalle") == "goes with latent diffusion models alone")
    }

    @Test("An IP-Adapter needs its image encoder beside it, and other files are told by their kind")
    func adapters() throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try makeFolder(folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let files = FileManager.default
        try files.copyItem(
            atPath: Fixture.path("ip/base.safetensors"), toPath: "\(folder)/base.safetensors")
        #expect(throws: FileError.self) { try ControlFacts("\(folder)/base.safetensors") }
        try files.copyItem(
            atPath: Fixture.path("ip/encoder"), toPath: "\(folder)/image_encoder")
        let facts = try ControlFacts("\(folder)/base.safetensors")
        #expect(facts.kind == .ipAdapter)
        #expect(facts.misfit(with: try ModelFolder(Fixture.path("tiny-sd1"))) == nil)
        #expect(
            facts.misfit(with: try ModelFolder(Fixture.path("tiny-sdxl")))
                == "is an IP-Adapter for a model of context 16; the model is a model of context 40")
        for (file, words) in [
            ("ip/faces.safetensors", "FaceID"), ("lora.safetensors", "a ControlNet is accepted"),
        ] {
            do {
                _ = try ControlFacts(Fixture.path(file))
                Issue.record("\(file) is taken for something")
            } catch { #expect("\(error)".contains(words), "\(error)") }
        }
    }

    @Test("A painter that networks join later paints what one paints that was loaded with them")
    func joining() async throws {
        let model = Fixture.path("tiny-sd1")
        var picture = Picture(width: 24, height: 16, color: [0, 0, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 7) }
        func request(_ controls: Int) -> PaintRequest {
            var request = PaintRequest(prompt: "a cat", width: 24, height: 16, seed: 1)
            request.diffusion.steps = 3
            request.diffusion.controls = (0..<controls).map { _ in Control(picture, scale: 0.7) }
            return request
        }
        let nets = ["tiny-control", "tiny-adapter", "tiny-control"].map { Fixture.path($0) }
        let plain = try await Painter(folder: model)
        let one = try await plain.with(controlNets: Array(nets.prefix(1)))
        let all = try await one.with(controlNets: nets)
        let loaded = try await Painter(folder: model, controlNets: nets)
        let found = try await all.paint(request(3)).pictures[0]
        #expect(try await loaded.paint(request(3)).pictures[0].picture == found.picture)
        #expect(found.request.parts.controlNets == nets.map(\.lastPathPart))
        let first = try await one.paint(request(1)).pictures[0].picture
        #expect(first != found.picture)
        // What they were made of stays as it was.
        #expect(
            try await plain.paint(request(0)).pictures[0].picture
                == Painter(folder: model).paint(request(0)).pictures[0].picture)
        await #expect(throws: PaintError.self) { try await plain.paint(request(1)) }
        let dalle = try await Painter(folder: Fixture.path("tiny-dalle"))
        await #expect(throws: PaintError.self) { try await dalle.with(controlNets: nets) }
    }
}
