import PinxitLayers
import PinxitTensors

// Legend: T tokens of a caption, N tokens of a picture, V codes of pictures.

/// What a transformer looked at while it drew a picture, seen afterwards.
package struct TokenLook {
    /// `[N, T]` in f32: how much each picture token's prediction looked at each token of the
    /// caption, the mean over heads and layers. What is missing to 1 fell on picture tokens before.
    package let attention: Tensor
    /// `[N, V]` in f32: what each token was drawn from, without guidance.
    package let logits: Tensor
}

extension TokenTransformer {
    /// Looks again at a picture that has been drawn: one pass over all of it.
    ///
    /// - Parameters:
    ///   - caption: T ids.
    ///   - tokens: N ids.
    package func look(
        caption: [Int32], tokens: [Int32], type: ElementType = .f32
    ) -> TokenLook {
        let (t, n) = (caption.count, tokens.count)
        var x = embedded(caption: Tensor(caption, shape: [1, t]), type: type)
        if n > 1 {
            let known = Tensor(Array(tokens.dropLast()), shape: [1, n - 1])
            x = concatenate([x, embedded(tokens: known, from: 0, type: type)], axis: 1)
        }
        let hidden = Self.hidden(first: t - 1, queries: n, keys: t + n - 1)
        var sum: Tensor?
        for layer in layers {
            let seen = layer.looks(x, from: t - 1, hidden: hidden).sliced(axis: 1, 0..<t)
            sum = sum.map { $0 + seen } ?? seen
            x = layer(x)
        }
        let states = finalNorm(x).sliced(axis: 1, t - 1..<t + n - 1)
        return TokenLook(
            attention: (sum ?? .zeros([n, t])) * (1 / Float(layers.count)),
            logits: pictureHead(states).reshaped([n, -1]).cast(to: .f32))
    }

    /// What a position does not see, far below everything: those behind it. `[queries, keys]`.
    private static func hidden(first: Int, queries: Int, keys: Int) -> Tensor {
        let values = (0..<queries).flatMap { query in
            (0..<keys).map { $0 > first + query ? -1e9 : 0 as Float }
        }
        return Tensor(values, shape: [queries, keys])
    }
}

extension CausalLayer {
    /// How much the positions from one on look at each, the mean over heads: `[queries, keys]` in
    /// f32.
    ///
    /// - Parameters:
    ///   - x: What the layer is given, `[1, keys, width]`.
    ///   - hidden: `[queries, keys]`, added to the scores.
    fileprivate func looks(_ x: Tensor, from first: Int, hidden: Tensor) -> Tensor {
        let parts = qkv(norm1(x)).cast(to: .f32).chunked(3, axis: 2)
        let (keys, width) = (x.shape[1], parts[0].shape[2])
        let size = width / heads
        func split(_ x: Tensor) -> Tensor {
            x.reshaped([x.shape[1], heads, size]).permuted([1, 0, 2])
        }
        let queries = split(parts[0].sliced(axis: 1, first..<keys))
        let scores = matmul(queries, split(parts[1]), transposeB: true)
        let scaled = scores * (1 / Float(size).squareRoot()) + hidden
        return scaled.softmax().mean(axis: 0).reshaped([keys - first, keys])
    }
}
