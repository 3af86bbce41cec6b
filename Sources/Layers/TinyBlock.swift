import PinxitTensors

/// Three convolutions around a skip, without norms: relu(conv(relu(conv(relu(conv x)))) + x).
///
/// Source: diffusers `models/autoencoders/vae.py`, `AutoencoderTinyBlock`.
public struct TinyBlock: Sendable {
    let convolutions: [Conv2d]

    /// Parameters `conv.0`, `conv.2` and `conv.4`, numbered as in PyTorch with the ReLUs between.
    public init(_ w: Weights, _ channels: Int) {
        // The last convolution starts small, so that a new block is nearly the identity.
        convolutions = [(0, 1), (2, 1), (4, 0.3)].map { index, gain in
            Conv2d(
                w("conv")(index), channels, channels, kernel: 3, padding: 1,
                initialiser: .he(fanIn: 9 * channels, gain: gain))
        }
    }

    /// `[batch, height, width, channels]`, same shape out.
    public func callAsFunction(_ x: Tensor) -> Tensor {
        let h = convolutions[1](convolutions[0](x).relu).relu
        return (convolutions[2](h) + x).relu
    }
}
