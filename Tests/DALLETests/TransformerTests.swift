import PinxitAutograd
import PinxitCheckpoints
import PinxitDALLE
import PinxitLayers
import PinxitTensors
import PinxitTestSupport
import Testing

/// The transformer against PyTorch, and against itself when it draws one token after the other.
@Suite struct TransformerTests {
    /// The fixture's transformer, with tracked weights.
    private func learning() throws -> (TokenTransformer, ParameterStore) {
        let component = try Component(path: folder("transformer"))
        let store = ParameterStore(checkpoint: try component.tensors(), tracked: true)
        let configuration = try TokenTransformerConfiguration(component.config)
        return (TokenTransformer(store.root, configuration), store)
    }

    @Test func logitsAndGradientsAreTorchs() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let (model, store) = try learning()
            try store.verify()
            let (caption, tokens) = (expected["caption"], expected["fsq/tokens"].reshaped([2, 16]))
            let logits = model(caption: caption, tokens: tokens)
            #expect(relativeDifference(logits.text, expected["logits/text"]) < 1e-4)
            #expect(relativeDifference(logits.picture, expected["logits/picture"]) < 1e-4)
            let known = caption.sliced(axis: 1, 1..<caption.shape[1])
            let loss =
                crossEntropy(logits.text, known).mean() * (1 / 8)
                + crossEntropy(logits.picture, tokens).mean() * (7 / 8)
            #expect(abs(loss.item / expected["transformer_gradient/loss"].item - 1) < 1e-5)
            try compare(loss, store.parameters, expected, "transformer_gradient")
        }
    }

    @Test("The states half-way up are the caption's, of the lower layers alone")
    func statesHalfWayUp() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let (model, store) = try learning()
            let (caption, tokens) = (expected["caption"], expected["fsq/tokens"].reshaped([2, 16]))
            let states = model(caption: caption, tokens: tokens).states
            #expect(states.shape == [2, 12, 24])
            let other = model(caption: caption, tokens: .zeros([2, 16], type: .i32)).states
            #expect(states.floats == other.floats)
            let found = gradients(
                of: (states * states).mean(), withRespectTo: store.parameters.map(\.tensor))
            let names = zip(store.parameters, found).filter { $1 != nil }.map(\.0.name)
            #expect(names.contains { $0.hasPrefix("layers.0.") })
            #expect(!names.contains { $0.hasPrefix("layers.1.") })
        }
    }

    @Test("What is looked at, and drawn from, is PyTorch's")
    func looks() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let model = try TokenTransformer.load(folder: folder("transformer"))
            for row in 0..<2 {
                func own(_ key: String) -> Tensor {
                    let all = expected[key].reshaped([2, -1])
                    return all.sliced(axis: 0, row..<row + 1)
                }
                let look = model.look(
                    caption: own("caption").integers, tokens: own("fsq/tokens").integers)
                let seen = largestDifference(
                    look.attention.reshaped([1, -1]), own("looks"))
                #expect(seen <= 1e-5)
                let logits = relativeDifference(
                    look.logits.reshaped([1, -1]), own("logits/picture"))
                #expect(logits < 1e-4)
            }
        }
    }

    @Test(
        "The likeliest tokens, drawn with a cache, are those PyTorch finds computing everything anew"
    )
    func cacheDrawsWhatRecomputationDraws() async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let model = try TokenTransformer.load(folder: folder("transformer"))
            func rows(_ ids: Tensor) -> [[Int32]] {
                (0..<ids.shape[0]).map { ids.sliced(axis: 0, $0..<$0 + 1).integers }
            }
            let captions = rows(expected["caption"])
            let empty = rows(expected["empty"])[0]
            var drawing = TokenDrawing(sampler: TokenSampler(temperature: 0), guidanceScale: 2)
            var random = [SplitMix64](repeating: SplitMix64(seed: 1), count: 2)
            let drawn = model.draw(captions: captions, empty: empty, drawing, random: &random) {
                _, _ in
            }
            #expect(drawn.integers == expected["drawn"].integers)

            // A picture completed from its first two rows, four candidates of each.
            drawing.guidanceScale = 1
            for (row, caption) in captions.enumerated() {
                let whole = rows(expected["completed"])[row]
                var random = [SplitMix64](repeating: SplitMix64(seed: 1), count: 4)
                let completed = model.draw(
                    captions: [caption], empty: empty, beginning: Array(whole.prefix(8)), drawing,
                    random: &random
                ) { _, _ in }
                #expect(completed.integers == whole + whole + whole + whole)
            }
        }
    }

    @Test(
        "Logits of one token after the other are those of all at once",
        arguments: [ElementType.f32, .bf16])
    func cacheKeepsLogits(_ type: ElementType) async throws {
        try await Engine.run {
            let expected = try Fixture("tiny-dalle/expected.safetensors")
            let model = try TokenTransformer.load(folder: folder("transformer"))
            let (caption, tokens) = (expected["caption"], expected["fsq/tokens"].reshaped([2, 16]))
            let whole = model(caption: caption, tokens: tokens, type: type).picture
            let sequence = model.begin(
                caption: caption, tokens: tokens.sliced(axis: 1, 0..<3), type: type)
            let ids = tokens.integers
            for place in 3..<16 {
                let there = whole.sliced(axis: 1, place..<place + 1).reshaped([2, -1])
                // bf16 rounds to 8 bits, in other products of other shapes.
                let difference = relativeDifference(sequence.logits, there)
                #expect(difference < (type == .f32 ? 1e-4 : 0.03), "\(place): \(difference)")
                // Behind the last token there is nothing to say.
                if place < 15 { model.advance(sequence, [ids[place], ids[16 + place]]) }
            }
        }
    }
}
