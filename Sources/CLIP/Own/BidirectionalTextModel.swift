import Layers
import Tensors

/// A text tower whose tokens see what follows them too, and whose text is the mean of its tokens.
///
/// It always looks at as many tokens as it has positions, padding among them, as SigLIP's does (Zhai et al. 2023): so a text's
/// states do not depend on how far the texts beside it were padded, and no mask is needed. The mean leaves the padding out.
public struct BidirectionalTextModel: TextTower {
    public let configuration: CLIPTextConfiguration
    let tokens: Embedding
    let positions: Embedding
    let layers: [CLIPLayer]
    let finalNorm: LayerNorm

    /// - Parameter w: The place that holds `embeddings`, `encoder` and `final_layer_norm`, as in ``CLIPTextModel``.
    public init(_ w: Weights, _ c: CLIPTextConfiguration) {
        configuration = c
        tokens = Embedding(w("embeddings")("token_embedding"), c.vocabularySize, c.hiddenSize)
        positions = Embedding(
            w("embeddings")("position_embedding"), c.maxPositions, c.hiddenSize, deviation: 0.01)
        layers = (0..<c.layers).map {
            CLIPLayer(
                w("encoder")("layers")($0), width: c.hiddenSize, inner: c.intermediateSize,
                heads: c.heads, activation: c.activation, epsilon: c.epsilon, causal: false)
        }
        finalNorm = LayerNorm(w("final_layer_norm"), c.hiddenSize, epsilon: c.epsilon)
    }

    public func states(_ ids: Tensor, type: ElementType) -> Tensor {
        let (batch, count, whole) = (ids.shape[0], ids.shape[1], configuration.maxPositions)
        precondition(
            count <= whole, "\(count) tokens, but the text tower has \(whole) positions")
        let padding = [Int32](repeating: Int32(configuration.padID), count: whole - count)
        let values = ids.integers
        let padded = (0..<batch).flatMap { values[$0 * count..<($0 + 1) * count] + padding }
        let places = Tensor((0..<whole).map(Int32.init), shape: [whole])
        var x =
            tokens(Tensor(padded, shape: [batch, whole]), type: type)
            + positions(places, type: type)
        for layer in layers { x = layer(x) }
        return finalNorm(x).sliced(axis: 1, 0..<count)
    }

    /// The mean over each text, its start and first end among it.
    public func pooled(_ states: Tensor, ids: Tensor) -> Tensor {
        let (batch, count) = (ids.shape[0], ids.shape[1])
        let values = ids.integers
        var shares = [Float](repeating: 0, count: batch * count)
        for row in 0..<batch {
            let text = values[row * count..<(row + 1) * count]
            let end = text.firstIndex(of: Int32(configuration.eosID)) ?? text.endIndex - 1
            for index in text.startIndex...end {
                shares[index] = 1 / Float(end - text.startIndex + 1)
            }
        }
        let share = Tensor(shares, shape: [batch, count, 1]).cast(to: states.type)
        return (states * share).sum(axis: 1)
    }
}
