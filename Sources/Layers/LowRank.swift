import PinxitTensors

/// A change of low rank to a layer that is learnt while the layer stays (Hu et al. 2021). Of a
/// linear layer: y + scale · (x downᵀ) upᵀ; of a convolution, the way down has its kernel.
public struct LowRank: Sendable {
    /// `[rank, in]`, or `[rank, in, kernel, kernel]`.
    public let down: Tensor
    /// `[out, rank]`.
    public let up: Tensor
    /// How much of the product is added.
    public let scale: Float
    /// DoRA (Liu et al. 2024): the length of each row of the changed weight, `[out]`; nil leaves
    /// lengths as they come out.
    public let magnitude: Tensor?

    /// Added to lengths, so that a row of zeros stays one; LyCORIS has it too.
    public static let leastLength: Float = 1.1920929e-7

    /// - Precondition: both have the same rank.
    public init(down: Tensor, up: Tensor, scale: Float, magnitude: Tensor? = nil) {
        precondition(
            down.shape[0] == up.shape[1], "\(down) and \(up) are of different ranks")
        (self.down, self.up, self.scale, self.magnitude) = (down, up, scale, magnitude)
    }

    /// The changed linear layer: `[…, in]` to `[…, out]`.
    func linear(_ x: Tensor, _ weight: Tensor, bias: Tensor?) -> Tensor {
        let low = PinxitTensors.linear(PinxitTensors.linear(x, down), up) * scale
        return added(low, weight, bias) { PinxitTensors.linear(x, weight, bias: $0) }
    }

    /// The changed convolution: `[batch, height, width, in]` to `[batch, height', width', out]`.
    func convolution(
        _ x: Tensor, _ weight: Tensor, bias: Tensor?, _ geometry: Operation.Convolution
    ) -> Tensor {
        let low = PinxitTensors.linear(conv2d(x, down, bias: nil, geometry), up) * scale
        return added(low, weight, bias) { conv2d(x, weight, bias: $0, geometry) }
    }

    private func added(
        _ low: Tensor, _ weight: Tensor, _ bias: Tensor?, base: (_ bias: Tensor?) -> Tensor
    ) -> Tensor {
        guard let magnitude else { return base(bias) + low }
        let y = base(nil) + low
        let turned = y * (magnitude / lengths(weight)).cast(to: y.type)
        return bias.map { turned + $0.cast(to: y.type) } ?? turned
    }

    /// The length of each row of the weight with the change, `[out]`. It is taken for a constant,
    /// which saves memory and hardly changes what is learnt (equation 11).
    private func lengths(_ weight: Tensor) -> Tensor {
        let rows = weight.detached.cast(to: .f32).reshaped([weight.shape[0], -1])
        let change = matmul(up.detached, down.detached.reshaped([down.shape[0], -1]))
        return (rows + change * scale).rowLengths + Self.leastLength
    }
}

extension Tensor {
    /// The length of each row of a matrix `[rows, columns]`: `[rows]`.
    public var rowLengths: Tensor { squared.sum(axis: 1).sqrt }
}

/// What gives the layers of a model that is being loaded changes of low rank.
public protocol LowRankSource: Sendable {
    /// The change of a layer; nil if it has none.
    ///
    /// - Parameters:
    ///   - module: The component's name and the layer's in it:
    ///     `unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q`.
    ///   - weight: `[out, in]`, or of a convolution `[out, in, kernel, kernel]`.
    func change(of module: String, _ weight: Tensor) -> LowRank?
}
