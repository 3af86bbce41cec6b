import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

@testable import Pinxit

/// What pixels look at, against attention processors of diffusers that keep their probabilities.
@Suite struct ExplanationTests {
    private static func painter() async throws -> Painter {
        try await Painter(folder: Fixture.path("tiny-sd2"))
    }

    private static func request(
        _ prompt: String, _ change: (inout PaintRequest) -> Void = { _ in }
    ) -> PaintRequest {
        var request = PaintRequest(
            prompt: prompt, guidanceScale: 5, seed: 42, precision: .f32,
            diffusion: DiffusionOptions(steps: 4, sampler: .ddim))
        change(&request)
        return request
    }

    private static let explaining = PaintOptions(
        keepingTensors: true, explaining: ExplainingOptions())

    /// How far a map is from that of a fixture, in units of its largest number.
    private func difference(_ map: HeatMap, _ expected: Tensor) -> Float {
        let values = expected.floats
        return zip(map.values, values).map { abs($0 - $1) }.reduce(0, max)
            / (values.map(abs).max() ?? 1)
    }

    @Test(
        "Maps of words are DAAM's, of the row with the text, in pictures of any shape",
        arguments: ["square", "wide"])
    func maps(_ name: String) async throws {
        let fixture = try Fixture("attention.safetensors")
        let request = Self.request(try #require(fixture.parameter("prompt"))) {
            ($0.width, $0.height) = (
                fixture.integer("\(name)/width"), fixture.integer("\(name)/height")
            )
        }
        let painting = try await Self.painter().paint(request, Self.explaining)
        let explanation = try #require(painting.pictures[0].explanation)
        let text = try #require(explanation.texts.first)
        try await Engine.run {
            let fixture = try Fixture("attention.safetensors")
            #expect(
                largestDifference(
                    try #require(painting.pictures[0].tensors).latents, fixture["\(name)/latents"])
                    <= 2e-4)
            let maps = fixture["\(name)/maps"]
            #expect(text.words.count == 7)
            var shares = 0.0
            for token in text.tokens {
                let expected = maps.sliced(axis: 0, token.position..<token.position + 1)
                shares += token.share
                guard let word = text.words.first(where: { text.tokens[$0.tokens] == [token] })
                else { continue }
                #expect(difference(word.map, expected) <= 2e-4, "\(token.symbol)")
            }
            #expect(abs(shares + text.paddingShare - 1) <= 1e-6)
            let guidance = try #require(explanation.guidance)
            #expect(difference(guidance, fixture["\(name)/guidance"]) <= 2e-4)
        }
    }

    @Test("A picture that is explained is the same to the bit, guided or not")
    func unchanged() async throws {
        let painter = try await Self.painter()
        for guidance in [1.0, 5] {
            let request = Self.request("a red apple") { $0.guidanceScale = guidance }
            let plain = try await painter.paint(request).pictures[0]
            let explained = try await painter.paint(request, Self.explaining).pictures[0]
            #expect(plain.picture == explained.picture)
            #expect(plain.explanation == nil)
            let explanation = try #require(explained.explanation)
            #expect((explanation.guidance == nil) == (guidance == 1))
            #expect(explanation.steps.map(\.number) == [1, 2, 3, 4])
            #expect(explanation.steps.allSatisfy { $0.picture?.width == explained.picture.width })
        }
    }

    @Test("Words are found with all their tokens, and where they stand twice")
    func phrases() async throws {
        let request = Self.request("a red apple and a blue apple")
        let painting = try await Self.painter().paint(request, Self.explaining)
        let explanation = try #require(painting.pictures[0].explanation)
        let text = explanation.texts[0]
        #expect(text.places(of: "apple") == [2..<3, 6..<7])
        #expect(text.places(of: "Red apple") == [1..<3])
        #expect(text.places(of: "appl").isEmpty)
        #expect(explanation.map(of: "pear") == nil)
        #expect(explanation.map(of: "apple") == HeatMap(meanOf: [2, 6].map { text.words[$0].map }))
    }

    @Test("Parts of a composed prompt have their own words")
    func composed() async throws {
        let request = Self.request("a red apple AND a blue one :0.5")
        let painting = try await Self.painter().paint(request, Self.explaining)
        let texts = try #require(painting.pictures[0].explanation).texts
        #expect(texts.map(\.weight) == [1, 0.5])
        #expect(
            texts.map { $0.words.map(\.text) } == [["a", "red", "apple"], ["a", "blue", "one"]])
    }

    @Test("A page needs no other file, runs no script and takes a prompt for what it is")
    func page() async throws {
        let attack = "<script>alert('1')</script> & \"x\""
        let painting = try await Self.painter().paint(Self.request(attack), Self.explaining)
        let page = try #require(ExplanationPage(painting.pictures[0], language: .english))
        let html = try page.html()
        #expect(!html.contains("<script"))
        #expect(html.contains("&lt;script&gt;"))
        #expect(!html.contains("http"))
        #expect(html.contains("<html lang=\"en\">"))
        let chinese = try #require(ExplanationPage(painting.pictures[0], language: .chinese))
        #expect(try chinese.html().contains("每个词去了哪里"))
        #expect(ExplanationLanguage(prompt: "红苹果", locale: nil) == .chinese)
        #expect(ExplanationLanguage(prompt: "a red apple", locale: "zh_CN.UTF-8") == .chinese)
        #expect(ExplanationLanguage(prompt: "a red apple", locale: "C") == .english)
    }

    @Test("A model without steps says that it has nothing to explain")
    func refused() async throws {
        let painter = try await Painter(folder: Fixture.path("tiny-dalle"))
        await #expect(throws: PaintError.self) {
            try await painter.paint(PaintRequest(prompt: "a"), Self.explaining)
        }
    }
}
