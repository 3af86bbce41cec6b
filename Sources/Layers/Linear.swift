import Tensors

/// y = x Wᵀ + b. Weight `[out, in]`, bias `[out]`.
public struct Linear: Sendable {
    public let weight: Tensor
    public let bias: Tensor?

    public init(
        _ w: Weights, _ input: Int, _ output: Int, bias: Bool = true,
        initialiser: Initialiser? = nil
    ) {
        let initialiser = initialiser ?? .fanIn(input)
        weight = w.parameter("weight", [output, input], initialiser, decays: true, precise: false)
        self.bias = bias ? w.parameter("bias", [output], .fanIn(input)) : nil
    }

    /// `[…, in]` to `[…, out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { linear(x, weight, bias: bias) }
}
