import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Pictures of prompts with syntax, against loops over diffusers' parts.
@Suite struct WordsTests {
    private func request(
        _ prompt: String, steps: Int = 10, _ change: (inout PaintRequest) -> Void = { _ in }
    ) -> PaintRequest {
        var request = PaintRequest(
            prompt: prompt, negativePrompt: "a blue one", guidanceScale: 5, seed: 42,
            precision: .f32, diffusion: DiffusionOptions(steps: steps, sampler: .ddim))
        change(&request)
        return request
    }

    private func difference(
        _ model: String, _ request: PaintRequest, _ key: String
    ) async throws -> Float {
        let painter = try await Painter(folder: Fixture.path(model))
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let tensors = try #require(painting.pictures.first?.tensors)
        return try await Engine.run {
            let expected = try Fixture("words.safetensors")[key]
            return largestDifference(tensors.latents, expected)
                / max(1, expected.floats.map(abs).max() ?? 1)
        }
    }

    @Test(
        "Composed and scheduled prompts give the latents of their formulas",
        arguments: ["and", "schedule", "alternate"])
    func prompts(_ key: String) async throws {
        let text = try #require(try Fixture("words.safetensors").parameter(key))
        #expect(try await difference("tiny-sd1", request(text), key) <= 2e-4)
    }

    @Test("Skipped layers give diffusers' pictures, whose negative prompt skips none")
    func clipSkip() async throws {
        func skipping(_ steps: Int, _ change: (inout PaintRequest) -> Void = { _ in })
            -> PaintRequest
        {
            request("a red apple", steps: steps) {
                ($0.diffusion.text.emphasis, $0.diffusion.text.clipSkip) = (.off, 1)
                change(&$0)
            }
        }
        #expect(try await difference("tiny-sd1", skipping(10), "skip_picture/1") <= 2e-4)
        let xl = skipping(4) { $0.diffusion.sampler = nil }
        #expect(try await difference("tiny-sdxl", xl, "xl_skip_picture/1") <= 2e-4)
        // Elsewhere it skips them too.
        let both = skipping(10) { $0.diffusion.text.emphasis = .a1111 }
        #expect(try await difference("tiny-sd1", both, "skip_picture/1") > 1e-3)
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let error = #expect(throws: PaintError.self) {
            try painter.resolved(skipping(1) { $0.diffusion.text.clipSkip = 2 })
        }
        #expect(error == .request(field: "clip skip", problem: "2 is not from 0 to 1"))
    }

    @Test(
        "Syntax is read by checkpoints from elsewhere; models trained here take text as it stands")
    func defaults() async throws {
        func text(_ model: String, _ prompt: String, _ asked: TextOptions = TextOptions())
            async throws -> TextReading
        {
            let painter = try await Painter(folder: Fixture.path(model))
            var request = PaintRequest(prompt: prompt)
            request.diffusion.text = asked
            return try painter.diffusionSettings(request).text
        }
        #expect(
            try await text("tiny-sd1", "a (b)")
                == TextReading(emphasis: .a1111, longPrompts: .cut, clipSkip: 0))
        #expect(try await text("tiny-sd1", "a BREAK b").longPrompts == .chunk)
        #expect(
            try await text("tiny-sd1", "a", TextOptions(emphasis: .comfy)).longPrompts == .chunk)
        #expect(try await text("tiny-sd1", "a", TextOptions(emphasis: .off)) == .plain)
        #expect(try await text("tiny-unclip", "a (b)") == .plain)
        await #expect(throws: PaintError.self) {
            try await text("tiny-unclip", "a", TextOptions(longPrompts: .chunk))
        }
    }

    @Test("What a picture carries says how its words were read")
    func carried() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        var asked = request("a [red|blue] (apple:1.2) and more words than ten", steps: 2)
        asked.diffusion.text = TextOptions(emphasis: .a1111, clipSkip: 1)
        let painted = try #require(try await painter.paint(asked).pictures.first)
        let again = try PaintRequest(json: try painted.request.request.json())
        #expect(
            again.diffusion.text
                == TextOptions(emphasis: .a1111, longPrompts: .chunk, clipSkip: 1))
        #expect(try await painter.paint(again).pictures[0].picture == painted.picture)
        let texts = try painted.request.texts(model: "x")
        #expect(texts[0].text.contains("Clip skip: 2"), "\(texts[0].text)")
    }

    @Test("What is cut is told once, with the way to keep it")
    func cut() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-sd1"))
        let long = request("a a a a a a a a a a [red|blue]", steps: 4)
        let warnings = try await painter.paint(long).warnings
        #expect(
            warnings
                == ["red", "blue"].map {
                    "only 10 tokens of the text fit; left out: \"\($0)\"; long prompts \"chunk\" has room"
                })
        let chunked = request("a a a a a a a a a a red", steps: 1) {
            $0.diffusion.text.longPrompts = .chunk
        }
        #expect(try await painter.paint(chunked).warnings == [])
    }
}
