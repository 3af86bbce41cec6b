import PinxitTensors

/// A transposed convolution of channels-last pictures, which enlarges them (PyTorch's
/// `ConvTranspose2d`). Weight `[in, out, kernel, kernel]`, bias `[out]`.
///
/// A kernel that the stride divides treats every pixel of the result alike; others leave a
/// checkerboard.
public struct ConvTranspose2d: Sendable {
    /// `[in, out, kernel, kernel]`, PyTorch's order, in the checkpoint's type; f32 if it is
    /// trained.
    public let weight: Tensor
    /// `[out]` in f32; nil for none.
    public let bias: Tensor?
    /// Stride and padding of the convolution this is the input gradient of.
    public let geometry: Operation.Convolution

    /// Parameters `weight` and perhaps `bias`.
    /// - Parameter initialiser: Of a new weight; nil for a uniform one whose bound counts the
    ///   inputs that reach a pixel.
    public init(
        _ w: Weights, _ input: Int, _ output: Int, kernel: Int, stride: Int, padding: Int = 0,
        bias: Bool = true, initialiser: Initialiser? = nil
    ) {
        // A pixel of the result is reached by kernel²/stride² pixels of each input channel.
        let fan = Initialiser.fanIn(input * kernel * kernel / (stride * stride))
        weight = w.parameter(
            "weight", [input, output, kernel, kernel], initialiser ?? fan, decays: true,
            precise: false)
        self.bias = bias ? w.parameter("bias", [output], fan) : nil
        geometry = Operation.Convolution(stride: stride, padding: padding)
    }

    /// `[batch, height, width, in]` to `[batch, (height - 1) stride + kernel - 2 padding, …, out]`.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        transposedConv2d(x, weight, bias: bias, geometry)
    }
}
