import PinxitLayers
import PinxitTensors

/// Self-attention over the cells of a feature map, x + out(attention(norm x)), as Zhang et al. 2019
/// put into both networks of a GAN. It starts as the identity.
struct SelfAttention: Sendable {
    let norm: LayerNorm
    let q: Linear
    let k: Linear
    let v: Linear
    let out: Linear
    let heads: Int

    init(_ w: Weights, _ channels: Int, headSize: Int) {
        norm = LayerNorm(w("norm"), channels)
        q = Linear(w("to_q"), channels, channels, bias: false)
        k = Linear(w("to_k"), channels, channels, bias: false)
        v = Linear(w("to_v"), channels, channels, bias: false)
        out = Linear(w("to_out"), channels, channels, initialiser: .zeros)
        heads = channels / headSize
    }

    /// `[batch, height, width, channels]`, same shape out.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let cells = cells(x)
        return x + out(attention(q(cells), k(cells), v(cells), heads: heads)).reshaped(x.shape)
    }

    /// How much each cell takes of each other, the mean over heads: `[batch, cells, cells]` in f32,
    /// a row for each that takes; each row's sum is 1.
    func looks(_ x: Tensor) -> Tensor {
        let cells = cells(x)
        return attentionProbabilities(q(cells), k(cells), heads: heads).mean(axis: 1)
    }

    /// `[batch, height, width, channels]` as `[batch, cells, channels]`.
    private func cells(_ x: Tensor) -> Tensor {
        let (batch, height, width, channels) = x.picture
        return norm(x.reshaped([batch, height * width, channels]))
    }
}
