import Foundation
import PinxitTestSupport
import PinxitTokenizers
import Testing

@testable import Pinxit

/// What `pinxit prompt` tells.
@Suite struct PromptExplanationTests {
    private func explanation(
        _ prompt: String, _ model: String = "tiny-sd1", steps: Int = 10,
        _ options: TextOptions = TextOptions()
    ) throws -> PromptExplanation {
        var request = PaintRequest(prompt: prompt)
        if model != "tiny-dalle" {
            (request.diffusion.steps, request.diffusion.text) = (steps, options)
        }
        return try PromptExplanation(request, try ModelFolder(Fixture.path(model)))
    }

    @Test func tokensHaveIdsAndWeights() throws {
        let told = try explanation("a (red:1.3) apples")
        #expect(told.reading.emphasis == .a1111 && told.texts.count == 1)
        let encoding = told.texts[0].encodings[0]
        #expect(encoding.tokenizer == "tokenizer" && encoding.room == 10)
        let tokens = encoding.chunks[0].tokens
        #expect(tokens.prefix(2).map(\.symbol) == ["a</w>", "red</w>"])
        #expect(tokens.map(\.weight) == [1, 1.3] + Array(repeating: 1, count: tokens.count - 2))
        #expect(encoding.chunks[0].ids.count == 12)
        #expect(encoding.words.map(\.text) == ["a", "red", "apples"])
        #expect(encoding.words[2].pieces == ["appl", "e", "s</w>"])
    }

    @Test func stepsOfATextAreGathered() throws {
        let told = try explanation("a [red|blue] [apple:0.5] AND b :0.3", steps: 4)
        #expect(
            told.texts.map(\.text) == ["a red ", "a blue ", "a red apple", "a blue apple", " b"])
        #expect(told.texts.map(\.steps) == [[1], [2], [3], [4], [1, 2, 3, 4]])
        #expect(told.texts.map(\.weight) == [1, 1, 1, 1, 0.3])
    }

    @Test func whatIsLeftOutIsToldForEachEncoder() throws {
        let told = try explanation("a a a a a a a a a !!! red", "tiny-sdxl")
        #expect(told.texts[0].encodings.map(\.tokenizer) == ["tokenizer", "tokenizer_2"])
        #expect(told.texts[0].encodings.map { $0.leftOut.hasSuffix("red") } == [true, true])
        let chunked = try explanation(
            "a a a a a a a a a !!! red", "tiny-sdxl", steps: 1, TextOptions(longPrompts: .chunk))
        #expect(
            chunked.texts[0].encodings.allSatisfy { $0.leftOut.isEmpty && $0.chunks.count == 2 })
    }

    @Test(
        "Every kind of model tells its tokens",
        arguments: ["tiny-unclip", "tiny-dalle", "tiny-pinxit"])
    func kinds(_ model: String) throws {
        let told = try explanation("a (red) apple", model)
        #expect(told.reading.emphasis == .off || model == "tiny-pinxit")
        #expect(!told.texts[0].encodings.isEmpty && told.unlearnt == nil)
    }

    @Test("Words that were never shown come with the nearest that were")
    func unlearnt() throws {
        let folder = NSTemporaryDirectory() + "pinxit-learnt-\(UUID().uuidString)"
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-pinxit"), toPath: folder)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var words = LearntWords()
        words.english.words = ["red", "apple", "apples", "rocket", "moon", "the"]
        words.english.things = ["rocket", "apple", "moon"]
        words.chinese.words = ["苹果", "火箭", "月亮", "的"]
        words.chinese.things = ["火箭", "苹果", "月亮"]
        try words.write(to: folder)
        let request = PaintRequest(
            prompt: "a red appel on a rokcet, astronauts, xylophones, 宇航员，果汁")
        let told = try PromptExplanation(request, try ModelFolder(folder))
        #expect(told.reading == .plain)
        #expect(
            told.unlearnt?.map(\.word) == [
                "appel", "rokcet", "astronauts", "xylophones", "宇航员", "果汁",
            ])
        #expect(
            told.unlearnt?.map(\.nearest) == [
                ["apple"], ["rocket"], ["rocket", "moon"], [], ["火箭", "月亮"], ["苹果"],
            ])
    }
}
