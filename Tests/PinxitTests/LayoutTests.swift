import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// Pictures with the layout of another sentence's, against prompt-to-prompt written out over
/// diffusers' attention processors.
@Suite struct LayoutTests {
    private static func painter() async throws -> Painter {
        try await Painter(folder: Fixture.path("tiny-sd2"))
    }

    private static func request(
        _ prompt: String, layoutOf sentence: String? = nil
    ) -> PaintRequest {
        var request = PaintRequest(
            prompt: prompt, guidanceScale: 5, seed: 42, precision: .f32,
            diffusion: DiffusionOptions(steps: 4, sampler: .ddim))
        request.diffusion.layout.sentence = sentence
        return request
    }

    @Test(
        "Words in the place of others and new words give prompt-to-prompt's latents",
        arguments: ["swap", "longer", "refine"])
    func latents(_ name: String) async throws {
        let fixture = try Fixture("attention.safetensors")
        let plain = try #require(fixture.parameter("plain"))
        let request = Self.request(
            try #require(fixture.parameter("\(name)/prompt")), layoutOf: plain)
        let painting = try await Self.painter().paint(
            request, PaintOptions(keepingTensors: true))
        let tensors = try #require(painting.pictures[0].tensors)
        try await Engine.run {
            let expected = try Fixture("attention.safetensors")["\(name)/latents"]
            let most = expected.floats.map(abs).max() ?? 1
            #expect(largestDifference(tensors.latents, expected) / most <= 2e-4)
        }
    }

    @Test("Attention to words times factors gives prompt-to-prompt's latents")
    func weights() async throws {
        var request = Self.request("a red apple", layoutOf: "a red apple")
        request.diffusion.layout.weights = WordWeights(text: "Red=3,apple=-0.5")
        let painter = try await Self.painter()
        let painting = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let tensors = try #require(painting.pictures[0].tensors)
        try await Engine.run {
            let expected = try Fixture("attention.safetensors")["weights/latents"]
            let most = expected.floats.map(abs).max() ?? 1
            #expect(largestDifference(tensors.latents, expected) / most <= 2e-4)
        }
        let carried = painting.pictures[0].request.request.diffusion.layout
        #expect(carried.weights == request.diffusion.layout.weights)
        request.diffusion.layout.weights = WordWeights([.init("pear", 2)])
        let error = #expect(throws: PaintError.self) { try painter.resolved(request) }
        #expect("\(String(describing: error))".contains("no word of the prompt"))
        for text in ["red", "red=", "=2", "red=21", "red=2,"] {
            #expect(WordWeights(text: text) == nil, "\(text)")
        }
    }

    @Test("A negative prompt may be of more chunks than both sentences")
    func longNegative() async throws {
        let painter = try await Self.painter()
        var request = Self.request("a red apple", layoutOf: "a blue one")
        request.negativePrompt = String(repeating: "fog, ", count: 60)
        request.diffusion.text.emphasis = .a1111
        let long = try await painter.paint(request).pictures[0].picture
        var other = request
        other.diffusion.layout.sentence = nil
        #expect(try await painter.paint(other).pictures[0].picture != long)
    }

    @Test("The layout of the same sentence changes nothing, none of the steps neither")
    func unchanged() async throws {
        let painter = try await Self.painter()
        let plain = try await painter.paint(Self.request("a red apple")).pictures[0].picture
        let same = Self.request("a red apple", layoutOf: "a red apple")
        let held = try await painter.paint(same).pictures[0].picture
        let differences = zip(plain.pixels, held.pixels).map { abs(Int($0) - Int($1)) }
        #expect((differences.max() ?? 0) <= 1)
        var never = Self.request("a red apple", layoutOf: "a blue one")
        (never.diffusion.layout.crossShare, never.diffusion.layout.selfShare) = (0, 0)
        #expect(try await painter.paint(never).pictures[0].picture == plain)
    }

    @Test("A layout goes with plain sentences, is refused elsewhere, and is carried")
    func bounds() async throws {
        let painter = try await Self.painter()
        var composed = Self.request("a red apple AND a pear", layoutOf: "a red apple")
        #expect(throws: PaintError.self) { try painter.resolved(composed) }
        composed = Self.request("a red apple")
        composed.diffusion.layout.selfShare = 0.5
        #expect(throws: PaintError.self) { try painter.resolved(composed) }
        let held = try painter.resolved(Self.request("a pear", layoutOf: "a red apple")).request
        #expect(
            held.diffusion.layout
                == LayoutOptions(sentence: "a red apple", crossShare: 0.8, selfShare: 0.4))
    }

    @Test("A way between prompts begins and ends with their pictures, and goes through seeds")
    func way() async throws {
        let painter = try await Self.painter()
        func frames(_ from: String, _ to: String) async throws -> [Picture] {
            var request = Self.request(from)
            request.source = .interpolation([to], frames: 2)
            return try await painter.paint(request).pictures.map(\.picture)
        }
        func plain(_ prompt: String, _ seed: UInt32) async throws -> Picture {
            var request = Self.request(prompt)
            request.seed = seed
            return try await painter.paint(request).pictures[0].picture
        }
        let words = try await frames("a red apple", "a blue one")
        #expect(words.count == 3)
        #expect(words[0] == (try await plain("a red apple", 42)))
        #expect(words[2] == (try await plain("a blue one", 42)))
        #expect(words[1] != words[0] && words[1] != words[2])
        let seeds = try await frames("a red apple", "a red apple")
        #expect(seeds[0] == words[0])
        #expect(seeds[1] != seeds[0])
        // The arc's end is the next seed's noise but for rounding.
        let last = try await plain("a red apple", 43)
        #expect(zip(seeds[2].pixels, last.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }
}
