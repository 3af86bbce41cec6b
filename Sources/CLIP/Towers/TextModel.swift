import PinxitLayers
import PinxitTensors

// Legend: B batch, T tokens, D hidden size.

/// CLIP's text tower (Radford et al. 2021), transformers' `CLIPTextModel`.
public struct CLIPTextModel: Sendable {
    /// The sizes it was made with.
    public let configuration: CLIPTextConfiguration
    let tokens: Embedding
    let positions: Embedding
    let layers: [CLIPLayer]
    let finalNorm: LayerNorm
    /// Rows for ids from the vocabulary's size on, `[rows, hidden]` in f32, those of one word after
    /// those of another.
    var addedRows: [Tensor] = []

    /// - Parameters:
    ///   - w: The place that holds `embeddings`, `encoder` and `final_layer_norm`: `text_model` in
    ///     most checkpoints.
    ///   - causal: Whether tokens see only those before them, as CLIP's do.
    public init(_ w: Weights, _ c: CLIPTextConfiguration, causal: Bool = true) {
        configuration = c
        tokens = Embedding(w("embeddings")("token_embedding"), c.vocabularySize, c.hiddenSize)
        positions = Embedding(
            w("embeddings")("position_embedding"), c.maxPositions, c.hiddenSize, deviation: 0.01)
        layers = (0..<c.layers).map {
            CLIPLayer(
                w("encoder")("layers")($0), width: c.hiddenSize, inner: c.intermediateSize,
                heads: c.heads, activation: c.activation, epsilon: c.epsilon, causal: causal)
        }
        finalNorm = LayerNorm(w("final_layer_norm"), c.hiddenSize, epsilon: c.epsilon)
    }

    /// The states of each layer.
    public struct Output: Sendable {
        /// After the final norm, `[batch, tokens, hidden]`: what Stable Diffusion 1 and 2 are
        /// conditioned on.
        public let last: Tensor
        /// The embeddings, then the output of each layer before the final norm: `hidden_states` in
        /// transformers.
        public let hidden: [Tensor]
    }

    /// - Parameters:
    ///   - ids: `[batch, tokens]` in `i32`, at most as many tokens as there are positions.
    ///   - type: What to compute in.
    public func callAsFunction(_ ids: Tensor, type: ElementType = .f32) -> Output {
        let count = ids.shape[1]
        precondition(
            count <= configuration.maxPositions,
            "\(count) tokens, but the text tower has \(configuration.maxPositions) positions")
        let places = Tensor((0..<count).map(Int32.init), shape: [count])
        var hidden = [embedded(ids, type: type) + positions(places, type: type)]
        for layer in layers { hidden.append(layer(hidden.last!)) }
        return Output(last: finalNorm(hidden.last!), hidden: hidden)
    }

    private func embedded(_ ids: Tensor, type: ElementType) -> Tensor {
        guard !addedRows.isEmpty else { return tokens(ids, type: type) }
        let (limit, values) = (Int32(configuration.vocabularySize), ids.integers)
        let isAdded = Tensor(
            values.map { $0 < limit ? 0 : 1 } as [Float], shape: Shape(ids.shape.dimensions + [1])
        ).cast(to: type)
        let known = tokens(Tensor(values.map { $0 < limit ? $0 : 0 }, shape: ids.shape), type: type)
        // Joined for each text anew: rows that learn are to have a history of their own each time.
        let added = embedding(
            concatenate(addedRows, axis: 0),
            Tensor(values.map { max($0 - limit, 0) }, shape: ids.shape), type: type)
        return known * (isAdded * -1 + 1) + added * isAdded
    }

    /// Rows of the table, `[ids, hidden]` in f32.
    func vectors(_ ids: [Int32]) -> Tensor { tokens(Tensor(ids, shape: [ids.count])) }

    /// The final norm alone, for hidden states of an earlier layer ("clip skip").
    public func normalised(_ hidden: Tensor) -> Tensor { finalNorm(hidden) }

    /// The state at the end of each text, `[batch, hidden]`.
    ///
    /// Where the configuration's end id is 2, a slip of early checkpoints, the largest id of the
    /// vocabulary marks the end, as transformers has it, which takes ids of added rows for the end;
    /// otherwise the first end id does.
    public func pooled(_ states: Tensor, ids: Tensor) -> Tensor {
        let (batch, count) = (ids.shape[0], ids.shape[1])
        let values = ids.integers
        let rows = (0..<batch).map { row -> Int32 in
            let text = values[row * count..<(row + 1) * count]
            let known = text.indices.filter { text[$0] < Int32(configuration.vocabularySize) }
            let end =
                configuration.eosID == 2
                ? known.max { (text[$0], -$0) < (text[$1], -$1) }
                : text.firstIndex(of: Int32(configuration.eosID))
            return Int32(end ?? text.startIndex)
        }
        let width = states.shape[2]
        return embedding(
            states.reshaped([batch * count, width]), Tensor(rows, shape: [batch]), type: states.type
        )
    }
}
