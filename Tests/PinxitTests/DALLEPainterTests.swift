import Foundation
import PinxitCLIP
import PinxitCheckpoints
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

@testable import Pinxit

/// Painting with the tiny DALL·E of the fixtures.
@Suite struct DALLEPainterTests {
    private static let folder = Fixture.path("tiny-dalle")

    private static let gray = Picture(width: 8, height: 8, color: [9, 9, 9])

    private var request: PaintRequest {
        var request = PaintRequest(prompt: "a red apple", seed: 5, precision: .f32)
        request.tokens = TokenOptions(temperature: 1, topP: 1)
        request.guidanceScale = 1
        return request
    }

    private func pixels(_ request: PaintRequest) async throws -> [UInt8] {
        try await Painter(folder: Self.folder).paint(request).pictures[0].picture.pixels
    }

    @Test("A picture is explained by what its tokens looked at and could have been")
    func explains() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-dalle"))
        let request = PaintRequest(prompt: "a red apple", seed: 5)
        let plain = try await painter.paint(request).pictures[0]
        let painted = try await painter.paint(
            request, PaintOptions(explaining: ExplainingOptions())
        ).pictures[0]
        #expect(painted.picture == plain.picture && plain.explanation == nil)
        let explanation = try #require(painted.explanation)
        let text = try #require(explanation.texts.first)
        #expect(text.words.map(\.text) == ["a", "red", "apple"])
        let shares = text.tokens.reduce(text.paddingShare + text.pictureShare) { $0 + $1.share }
        #expect(abs(shares - 1) < 1e-5 && text.pictureShare > 0)
        let entropy = try #require(explanation.entropy)
        #expect(entropy.width == 4 && entropy.values.allSatisfy { $0 >= 0 && $0 <= 20 })
        let page = try #require(ExplanationPage(painted, language: .english)).html()
        #expect(page.contains("Where it had a choice") && !page.contains("What guidance changed"))
        #expect(
            try #require(ExplanationPage(painted, language: .chinese)).html().contains("\u{71b5}"))
    }

    @Test("The likeliest tokens are PyTorch's, and the picture is theirs")
    func paintsWhatTorchDraws() async throws {
        var request = request
        request.guidanceScale = 2
        request.tokens.temperature = 0
        let painted = try await pixels(request)
        let expected = try await Engine.run {
            let tokens = try Fixture("tiny-dalle/expected.safetensors")["drawn"]
            let autoencoder = try DiscreteAutoencoder.load(
                folder: Fixture.path("tiny-dalle/picture_tokenizer"))
            let first = tokens.sliced(axis: 0, 0..<1).reshaped([1, 4, 4])
            return Picture.pictures(from: autoencoder.pictures(first))[0].pixels
        }
        #expect(painted == expected)
    }

    @Test func aPictureOfManyCanBePaintedAlone() async throws {
        var request = request
        request.count = 3
        let painter = try await Painter(folder: Self.folder)
        let all = try await painter.paint(request).pictures
        #expect(all.map(\.seed) == [5, 6, 7])
        #expect(Set(all.map(\.picture)).count == 3)
        (request.count, request.seed) = (1, 6)
        #expect(try await painter.paint(request).pictures[0].picture == all[1].picture)
    }

    @Test("The kept rows of a completed picture are its own, the others are drawn")
    func completes() async throws {
        var random = SplitMix64(seed: 3)
        let pixels = (0..<32 * 32 * 3).map { _ in UInt8(random.below(256)) }
        let picture = Picture(width: 32, height: 32, channels: 3, pixels: pixels)
        let (two, whole) = try await Engine.run {
            let model = try DALLEPipeline(folder: Self.folder)
            return (model.tokens(of: picture, rows: 2), model.tokens(of: picture, rows: 4))
        }
        #expect(two.count == 8 && whole.count == 16 && Array(whole.prefix(8)) == two)

        var request = request
        request.tokens.complete = picture
        var pictures: [[UInt8]] = []
        for rows in [0.5, 2, 3, 3] {
            request.tokens.keepRows = rows
            pictures.append(try await self.pixels(request))
        }
        #expect(pictures[0] == pictures[1] && pictures[2] == pictures[3])
        #expect(pictures[1] != pictures[2])
    }

    @Test("Of several candidates the one nearest to the prompt is kept")
    func choosesWithCLIP() async throws {
        let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: Self.folder, toPath: folder)
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-clip"), toPath: "\(folder)/clip")
        let painter = try await Painter(folder: folder)
        var request = request
        request.tokens.candidates = 6
        let painted = try await painter.paint(request).pictures[0].picture
        let candidates = try await Engine.run {
            let model = try DALLEPipeline(folder: folder)
            let clip = try #require(model.clip)
            let captions = [model.tokenizer.encode("a red apple")]
            var random = (0..<6).map { SplitMix64(seed: 5, index: $0) }
            let tokens = model.transformer.draw(
                captions: captions, empty: model.tokenizer.encode(""),
                TokenDrawing(sampler: TokenSampler()), random: &random
            ) { _, _ in }
            let text = clip.embed(texts: ["a red apple"])
            return Picture.pictures(from: model.decode(tokens, type: .f32)).map { picture in
                (picture, matmul(clip.embed(pictures: [picture]), text, transposeB: true).item)
            }
        }
        #expect(Set(candidates.map(\.0)).count == 6)
        #expect(candidates.max { $0.1 < $1.1 }?.0 == painted)

        // A CLIP whose numbers are broken does not choose.
        let weights = "\(folder)/clip/model.safetensors"
        try await Engine.run {
            var tensors = try Checkpoint.load(weights).mapValues { $0.copy() }
            let key = "text_projection.weight"
            tensors[key] = .full(try #require(tensors[key]).shape, .nan)
            try Checkpoint.save(tensors, to: weights)
        }
        let broken = try await Painter(folder: folder)
        let error = await #expect(throws: PaintError.self) { try await broken.paint(request) }
        guard case .notFinite("choosing")? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func itsFolderSaysHowItUsuallyDraws() async throws {
        let folder = NSTemporaryDirectory() + "pinxit-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.copyItem(atPath: Self.folder, toPath: folder)
        func say(_ settings: JSONValue) throws {
            try JSONFile.write(settings, to: "\(folder)/pinxit.json")
        }
        let usual: JSONValue = ["temperature": 0.5, "top_p": 0.25, "candidates": 3]
        try say(usual)
        // It has no CLIP to choose with.
        await #expect {
            try await Painter(folder: folder)
        } throws: {
            "\($0)".hasSuffix(
                "pinxit.json: candidates: 3, and there is no clip/ beside it to choose among them; "
                    + "accepted: 1")
        }
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-clip"), toPath: "\(folder)/clip")
        var request = request
        request.tokens = TokenOptions()
        let painter = try await Painter(folder: folder)
        guard case .tokens(let tokens) = try painter.resolved(request).settings else {
            Issue.record("no tokens")
            return
        }
        #expect(tokens.temperature == 0.5 && tokens.topP == 0.25 && tokens.candidates == 3)
        let painted = try await painter.paint(request).pictures[0].picture
        request.tokens = TokenOptions(temperature: 0.5, topP: 0.25, candidates: 3)
        try say([:])
        let asked = try await Painter(folder: folder).paint(request).pictures[0].picture
        #expect(painted == asked)
        for (key, value) in [
            ("temperature", -1.0), ("top_p", 0), ("candidates", 0), ("guidance_scale", 1e300),
            ("prior_guidance_scale", -1),
        ] {
            try say(.object([JSONMember(key, .number(value))]))
            await #expect {
                try await Painter(folder: folder)
            } throws: {
                "\($0)".contains("pinxit.json: \(key): ")
            }
        }
        for nothing: JSONValue in [[], .null] {
            try say(nothing)
            await #expect {
                try await Painter(folder: folder)
            } throws: {
                "\($0)".contains("pinxit.json: expected an object, found ")
            }
        }
    }

    @Test func whatIsLeftOpenIsFilledIn() async throws {
        let painter = try await Painter(folder: Self.folder)
        let resolved = try painter.resolved(PaintRequest(prompt: ""))
        #expect(resolved.width == 16 && resolved.height == 16)
        guard case .tokens(let tokens) = resolved.settings else {
            Issue.record("\(resolved.settings)")
            return
        }
        #expect(tokens.guidanceScale == 7.5 && tokens.temperature == 1 && tokens.topP == 0.95)
        #expect(tokens.topK == nil && tokens.candidates == 1 && tokens.completion == nil)
    }

    @Test(arguments: [
        PaintRequest(prompt: "", width: 32),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(steps: 4)),
        PaintRequest(prompt: "", negativePrompt: "red"),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(sampler: .euler)),
        PaintRequest(prompt: "", precision: .int8),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(deepCacheInterval: 2)),
        PaintRequest(prompt: "", diffusion: DiffusionOptions(guidanceInterval: 0...1)),
        PaintRequest(prompt: "", gan: GANOptions(truncation: 1)),
        PaintRequest(prompt: "", source: .interpolation(["b"], frames: 2)),
        PaintRequest(prompt: "", source: .variation(gray)),
        PaintRequest(prompt: "", guidanceScale: -1),
        PaintRequest(prompt: "", tokens: TokenOptions(temperature: .nan)),
        PaintRequest(prompt: "", tokens: TokenOptions(topP: 0)),
        PaintRequest(prompt: "", tokens: TokenOptions(topK: 0)),
        PaintRequest(prompt: "", tokens: TokenOptions(candidates: 0)),
        // It has no CLIP to choose with.
        PaintRequest(prompt: "", tokens: TokenOptions(candidates: 2)),
        PaintRequest(prompt: "", tokens: TokenOptions(keepRows: 2)),
        PaintRequest(prompt: "", tokens: TokenOptions(complete: gray, keepRows: 4)),
        PaintRequest(prompt: "", tokens: TokenOptions(complete: gray, keepRows: .infinity)),
    ])
    func impossibleRequestsAreRefused(_ request: PaintRequest) async throws {
        let painter = try await Painter(folder: Self.folder)
        #expect(throws: PaintError.self) { try painter.resolved(request) }
    }

    @Test func otherFamiliesRefuseItsOptions() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-pinxit"))
        var request = PaintRequest(prompt: "")
        request.tokens = TokenOptions(candidates: 4)
        #expect(throws: PaintError.self) { try painter.resolved(request) }
    }

    @Test func aRequestSurvivesJSON() throws {
        var request = request
        request.tokens = TokenOptions(
            temperature: 0.5, topP: 0.9, topK: 40, candidates: 16, complete: Self.gray, keepRows: 3)
        let copy = try JSONDecoder().decode(
            PaintRequest.self, from: JSONEncoder().encode(request))
        #expect(copy == request)
    }
}
