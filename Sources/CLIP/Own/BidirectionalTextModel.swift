import PinxitLayers
import PinxitTensors

/// A text tower whose tokens see what follows them too, and whose text is the mean of its tokens.
///
/// It always looks at as many tokens as it has positions, padding among them, as SigLIP's does
/// (Zhai et al. 2023): so a text's states do not depend on how far the texts beside it were padded,
/// and no mask is needed. The mean leaves the padding out.
public struct BidirectionalTextModel: TextTower {
    private let model: CLIPTextModel
    /// The same sizes as a causal tower's; no parameter tells them apart.
    public var configuration: CLIPTextConfiguration { model.configuration }

    /// - Parameter w: As for ``CLIPTextModel``.
    public init(_ w: Weights, _ c: CLIPTextConfiguration) {
        model = CLIPTextModel(w, c, causal: false)
    }

    /// - Precondition: at most as many tokens as there are positions.
    public func states(_ ids: Tensor, type: ElementType) -> Tensor {
        let (batch, count, whole) = (ids.shape[0], ids.shape[1], configuration.maxPositions)
        precondition(
            count <= whole, "\(count) tokens, but the text tower has \(whole) positions")
        let padding = [Int32](repeating: Int32(configuration.padID), count: whole - count)
        let values = ids.integers
        let padded = (0..<batch).flatMap { values[$0 * count..<($0 + 1) * count] + padding }
        let states = model(Tensor(padded, shape: [batch, whole]), type: type).last
        return states.sliced(axis: 1, 0..<count)
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
