import PinxitTensors

/// A change of low rank to a linear layer that is learnt while the layer stays (Hu et al. 2021):
/// y + scale · (x downᵀ) upᵀ.
public struct LowRank: Sendable {
    /// `[rank, in]`.
    public let down: Tensor
    /// `[out, rank]`.
    public let up: Tensor
    /// How much of the product is added.
    public let scale: Float

    /// - Precondition: both have the same rank.
    public init(down: Tensor, up: Tensor, scale: Float) {
        precondition(
            down.shape[0] == up.shape[1], "\(down) and \(up) are of different ranks")
        (self.down, self.up, self.scale) = (down, up, scale)
    }

    /// `[…, in]` to `[…, out]`.
    func callAsFunction(_ x: Tensor) -> Tensor { linear(linear(x, down), up) * scale }
}

/// What gives the layers of a model that is being loaded changes of low rank.
public protocol LowRankSource: Sendable {
    /// The change of a layer; nil if it has none.
    ///
    /// - Parameter module: The component's name and the layer's in it:
    ///   `unet.mid_block.attentions.0.transformer_blocks.0.attn1.to_q`.
    func change(of module: String, input: Int, output: Int) -> LowRank?
}
