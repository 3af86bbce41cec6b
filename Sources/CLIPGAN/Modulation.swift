import PinxitLayers
import PinxitTensors

/// A convolution whose input a condition scales and shifts, channel by channel:
/// conv(silu((1 + scale) x + shift)), the affine modulation of DF-GAN (Tao et al. 2022).
struct ModulatedConvolution: Sendable {
    let affine: Linear
    let conv: Conv2d

    init(
        _ w: Weights, _ input: Int, _ output: Int, condition: Int, initialiser: Initialiser? = nil
    ) {
        affine = Linear(w("affine"), condition, 2 * input)
        conv = Conv2d(
            w("conv"), input, output, kernel: 3, padding: 1,
            initialiser: initialiser ?? .he(fanIn: input * 9))
    }

    /// - Parameters:
    ///   - x: `[batch, height, width, in]`.
    ///   - condition: `[batch, condition]` in x's type.
    /// - Returns: `[batch, height, width, out]`.
    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        conv(modulated(x, by: affine(condition)))
    }
}

/// x plus a chain of modulated convolutions, the last of which starts at zero.
struct ModulatedBlock: Sendable {
    let chain: [ModulatedConvolution]

    init(_ w: Weights, _ channels: Int, convolutions: Int, condition: Int) {
        chain = (0..<convolutions).map {
            ModulatedConvolution(
                w($0), channels, channels, condition: condition,
                initialiser: $0 == convolutions - 1 ? .zeros : nil)
        }
    }

    func callAsFunction(_ x: Tensor, _ condition: Tensor) -> Tensor {
        x + chain.reduce(x) { $1($0, condition) }
    }
}
