import PinxitLayers
import PinxitTensors

/// Residual block, attention over all pixels if there is any, residual block.
struct AutoencoderMidBlock: Sendable {
    let first: ResnetBlock
    let attention: PixelAttention?
    let second: ResnetBlock

    init(_ w: Weights, _ width: Int, _ c: AutoencoderKLConfiguration) {
        first = ResnetBlock(w("resnets")(0), width, width, c)
        attention =
            c.midBlockAddAttention
            ? PixelAttention(w("attentions")(0), width, groups: c.normGroups) : nil
        second = ResnetBlock(w("resnets")(1), width, width, c)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let x = first(x)
        return second(attention?(x) ?? x)
    }
}

/// Attention with one head from every pixel to every other: x + out(attention(norm x)).
struct PixelAttention: Sendable {
    let norm: GroupNorm
    let q: Linear
    let k: Linear
    let v: Linear
    let out: Linear

    init(_ w: Weights, _ width: Int, groups: Int) {
        norm = GroupNorm(w("group_norm"), width, groups: groups, epsilon: 1e-6)
        q = Linear(w("to_q"), width, width)
        k = Linear(w("to_k"), width, width)
        v = Linear(w("to_v"), width, width)
        out = Linear(w("to_out")(0), width, width)
    }

    /// `[batch, height, width, channels]`, same shape out.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let (batch, height, width, channels) = x.picture
        let h = norm(x).reshaped([batch, height * width, channels])
        return x + out(PinxitTensors.attention(q(h), k(h), v(h), heads: 1)).reshaped(x.shape)
    }
}
