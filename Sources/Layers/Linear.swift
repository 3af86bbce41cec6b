import PinxitTensors

/// y = x Wᵀ + b. Weight `[out, in]`, bias `[out]`.
public struct Linear: Sendable {
    /// `[out, in]`, PyTorch's order, in the checkpoint's type; f32 if it is trained.
    public let weight: Tensor
    /// `[out]` in f32; nil for none.
    public let bias: Tensor?
    /// What changes it, if anything.
    private let change: LowRank?

    /// Parameters `weight` and perhaps `bias`.
    /// - Parameter initialiser: Of a new weight; PyTorch's default if nil. With `.zeros` the bias
    ///   is zero too.
    public init(
        _ w: Weights, _ input: Int, _ output: Int, bias: Bool = true,
        initialiser: Initialiser? = nil
    ) {
        let fan = Initialiser.fanIn(input)
        weight = w.parameter(
            "weight", [output, input], initialiser ?? fan, decays: true, precise: false)
        // A layer whose weights start at zero is meant to give nothing at first.
        let startsAtZero = if case .zeros = initialiser { true } else { false }
        self.bias = bias ? w.parameter("bias", [output], startsAtZero ? .zeros : fan) : nil
        change = w.lowRank(of: weight, [output, input])
    }

    /// `[…, in]` to `[…, out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        change?.linear(x, weight, bias: bias) ?? linear(x, weight, bias: bias)
    }
}
