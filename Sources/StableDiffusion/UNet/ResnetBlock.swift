import PinxitLayers
import PinxitTensors

/// A residual block: x + conv(silu(norm(conv(silu(norm x)) + time))).
///
/// Source: diffusers `models/resnet.py`, `ResnetBlock2D`. Without a time embedding it is the
/// autoencoder's block.
struct ResnetBlock: Sendable {
    let norm1: GroupNorm
    let conv1: Conv2d
    let timeProjection: Linear?
    let norm2: GroupNorm
    let conv2: Conv2d
    let shortcut: Conv2d?

    init(
        _ w: Weights, _ input: Int, _ output: Int, timeWidth: Int? = nil, groups: Int,
        epsilon: Float
    ) {
        norm1 = GroupNorm(w("norm1"), input, groups: groups, epsilon: epsilon)
        conv1 = Conv2d(w("conv1"), input, output, kernel: 3, padding: 1)
        timeProjection = timeWidth.map { Linear(w("time_emb_proj"), $0, output) }
        norm2 = GroupNorm(w("norm2"), output, groups: groups, epsilon: epsilon)
        conv2 = Conv2d(w("conv2"), output, output, kernel: 3, padding: 1)
        shortcut = input == output ? nil : Conv2d(w("conv_shortcut"), input, output, kernel: 1)
    }

    /// - Parameters:
    ///   - x: `[batch, height, width, in]`.
    ///   - time: `[batch, timeWidth]` or `[1, timeWidth]`, after its SiLU.
    ///   - between: Called between the two convolutions, which may take long; throwing ends it.
    func callAsFunction<Failure: Error>(
        _ x: Tensor, time: Tensor? = nil, between: () throws(Failure) -> Void
    ) throws(Failure) -> Tensor {
        let shift = time.flatMap { timeProjection?($0) }
        let h = conv1(norm1(x, silu: true), shift: shift)
        try between()
        return (shortcut?(x) ?? x) + conv2(norm2(h, silu: true))
    }

    func callAsFunction(_ x: Tensor, time: Tensor? = nil) -> Tensor {
        self(x, time: time, between: {})
    }
}
