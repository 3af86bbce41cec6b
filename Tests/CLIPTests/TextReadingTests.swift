import PinxitCLIP
import PinxitCheckpoints
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

/// Text states of prompts with syntax, against the formulas of the programs it is from.
@Suite struct TextReadingTests {
    private func reading(_ emphasis: Emphasis, skip: Int = 0) -> TextReading {
        TextReading(emphasis: emphasis, longPrompts: .chunk, clipSkip: skip)
    }

    private func conditioner() throws -> CLIPTextConditioner {
        try CLIPTextConditioner(
            folder: Fixture.path("tiny-sd1/text_encoder"),
            tokenizer: Fixture.path("tiny-sd1/tokenizer"))
    }

    private func joined() throws -> JoinedTextConditioner {
        let parts = try ["", "_2"].map { name in
            let place = Fixture.path("tiny-sdxl/tokenizer\(name)")
            return try CLIPTextConditioner(
                Component(path: Fixture.path("tiny-sdxl/text_encoder\(name)")),
                tokenizer: CLIPTokenizer(folder: place), of: place, isProjected: name == "_2",
                layer: .penultimate)
        }
        return JoinedTextConditioner(parts)
    }

    @Test(arguments: [
        "a1111/weights", "a1111/negative", "a1111/chunks", "comfy/weights", "comfy/nested",
    ])
    func weightedStates(_ key: String) async throws {
        try await Engine.run {
            let expected = try Fixture("words.safetensors")
            let text = try #require(expected.parameter(key))
            let emphasis: Emphasis = key.hasPrefix("comfy") ? .comfy : .a1111
            let states = try conditioner()([text], reading(emphasis), type: .f32).states
            #expect(states.shape == expected[key].shape)
            #expect(relativeDifference(states, expected[key]) < 2e-5)
        }
    }

    @Test(arguments: ["weights", "chunks"]) func twoEncodersInStep(_ key: String) async throws {
        try await Engine.run {
            let expected = try Fixture("words.safetensors")
            let text = try #require(expected.parameter("xl/\(key)"))
            let given = try joined()([text], reading(.a1111), type: .f32)
            #expect(relativeDifference(given.states, expected["xl/\(key)"]) < 2e-5)
            let pooled = try #require(given.pooled)
            #expect(relativeDifference(pooled, expected["xl_pooled/\(key)"]) < 2e-5)
        }
    }

    @Test func skippedLayers() async throws {
        try await Engine.run {
            let expected = try Fixture("words.safetensors")
            let states = try conditioner()(["a red apple"], reading(.off, skip: 1), type: .f32)
            #expect(relativeDifference(states.states, expected["skip/1"]) < 2e-5)
            #expect(try conditioner().mostClipSkip == 1)
            let both = try joined()(["a red apple"], reading(.off, skip: 1), type: .f32)
            #expect(relativeDifference(both.states, expected["xl_skip/1"]) < 2e-5)
            let pooled = try #require(both.pooled)
            #expect(relativeDifference(pooled, expected["xl_skip_pooled/1"]) < 2e-5)
        }
    }

    @Test("All texts of a call get as many chunks as the longest has")
    func chunksOfABatch() async throws {
        try await Engine.run {
            let text = try conditioner()
            let both = text(["a", "red BREAK apple"], reading(.a1111), type: .f32)
            #expect(both.states.shape == [2, 24, 16])
            let alone = text(["a", ""], type: .f32).states
            let first = both.states.sliced(axis: 0, 0..<1)
            #expect(
                largestDifference(
                    first.sliced(axis: 1, 0..<12), alone.sliced(axis: 0, 0..<1)) < 1e-5)
            #expect(
                largestDifference(
                    first.sliced(axis: 1, 12..<24), alone.sliced(axis: 0, 1..<2)) < 1e-5)
            #expect(both.lengths == [3, 15])
        }
    }

    @Test("Two encoders that cut a text into other pieces get as many chunks")
    func chunksOfTwoEncoders() async throws {
        // "!" is a token of its own to the second, which pads with it.
        try await Engine.run {
            let text = try joined()
            let shouts = "a!!!!!!!!!!"
            #expect(text.parts.map { $0.chunkCount([shouts], reading(.off)) } == [2, 2])
            let given = text(["a a a a a a a!!!!"], reading(.off), type: .f32)
            #expect(given.states.shape[1] == 24)
        }
    }
}
