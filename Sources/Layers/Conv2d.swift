import PinxitTensors

/// A convolution of channels-last pictures. Weight `[out, in, kernel, kernel]`, bias `[out]`.
public struct Conv2d: Sendable {
    /// `[out, in, kernel, kernel]`, PyTorch's order, in the checkpoint's type; f32 if it is
    /// trained.
    public let weight: Tensor
    /// `[out]` in f32; nil for none.
    public let bias: Tensor?
    /// Stride, and padding at each edge: with zeros, or see ``CircularPadding``.
    public let geometry: Operation.Convolution
    /// What changes it, if anything.
    private let change: LowRank?

    /// Parameters `weight` and perhaps `bias`, with the same padding on all four sides.
    /// - Parameter initialiser: Of a new weight; PyTorch's default if nil.
    public init(
        _ w: Weights, _ input: Int, _ output: Int, kernel: Int, stride: Int = 1, padding: Int = 0,
        bias: Bool = true, initialiser: Initialiser? = nil
    ) {
        self.init(
            w, input, output, kernel: kernel, .init(stride: stride, padding: padding), bias: bias,
            initialiser: initialiser)
    }

    /// The same with a padding for each side, as the asymmetric halvings of autoencoders have.
    public init(
        _ w: Weights, _ input: Int, _ output: Int, kernel: Int, _ geometry: Operation.Convolution,
        bias: Bool = true, initialiser: Initialiser? = nil
    ) {
        let fan = Initialiser.fanIn(input * kernel * kernel)
        weight = w.parameter(
            "weight", [output, input, kernel, kernel], initialiser ?? fan, decays: true,
            precise: false)
        self.bias = bias ? w.parameter("bias", [output], fan) : nil
        self.geometry = geometry
        change = w.lowRank(of: weight, [output, input, kernel, kernel])
    }

    /// `[batch, height, width, in]` to `[batch, height', width', out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor { convolved(x, bias) }

    private func convolved(_ x: Tensor, _ bias: Tensor?) -> Tensor {
        let (x, geometry) = CircularPadding.applied(x, geometry)
        return change?.convolution(x, weight, bias: bias, geometry)
            ?? conv2d(x, weight, bias: bias, geometry)
    }

    /// The same with a shift of every channel, `[batch, out]` or, for all samples, `[1, out]`: then
    /// it costs nothing, being one with the bias.
    public func callAsFunction(_ x: Tensor, shift: Tensor?) -> Tensor {
        guard let shift else { return self(x) }
        guard shift.shape[0] == 1, !shift.isTracked, let bias, !bias.isTracked else {
            return self(x) + shift.reshaped([shift.shape[0], 1, 1, -1])
        }
        let both = bias + shift.reshaped([-1]).cast(to: .f32)
        return convolved(x, both)
    }
}
