import PinxitCLIP
import PinxitTensors

/// What CLIP makes of texts, as a prior takes it.
public struct EmbeddedTexts {
    /// `[batch, tokens, features]`; what stands behind a text's length is not looked at.
    public let states: Tensor
    /// `[batch, features]` in f32.
    public let embeddings: Tensor
    /// Tokens of each text without its padding.
    public let lengths: [Int]

    /// As many embeddings and lengths as the states have rows; ``PriorTransformer`` checks that.
    public init(states: Tensor, embeddings: Tensor, lengths: [Int]) {
        self.states = states
        self.embeddings = embeddings
        self.lengths = lengths
    }

    /// These texts, then others.
    func joined(_ others: EmbeddedTexts) -> EmbeddedTexts {
        let longest = max(states.shape[1], others.states.shape[1])
        func padded(_ states: Tensor) -> Tensor {
            states.shape[1] == longest ? states : states.padded(axis: 1, size: longest, at: 0)
        }
        return EmbeddedTexts(
            states: concatenate([padded(states), padded(others.states)], axis: 0),
            embeddings: concatenate([embeddings, others.embeddings], axis: 0),
            lengths: lengths + others.lengths)
    }

    /// The text at `index`, `count` times.
    public func repeated(_ index: Int, count: Int) -> EmbeddedTexts {
        func rows(_ x: Tensor) -> Tensor {
            let row = x.sliced(axis: 0, index..<index + 1)
            return count == 1
                ? row : concatenate([Tensor](repeating: row, count: count), axis: 0)
        }
        return EmbeddedTexts(
            states: rows(states), embeddings: rows(embeddings),
            lengths: [Int](repeating: lengths[index], count: count))
    }
}
