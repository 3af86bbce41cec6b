import PinxitLayers
import PinxitTensors

/// The attention of CLIP's towers. Parameters `q_proj`, `k_proj`, `v_proj`, `out_proj`.
struct CLIPAttention: Sendable {
    let q: Linear
    let k: Linear
    let v: Linear
    let out: Linear
    let heads: Int
    let causal: Bool

    init(_ w: Weights, _ width: Int, heads: Int, causal: Bool) {
        q = Linear(w("q_proj"), width, width)
        k = Linear(w("k_proj"), width, width)
        v = Linear(w("v_proj"), width, width)
        out = Linear(w("out_proj"), width, width)
        self.heads = heads
        self.causal = causal
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        out(attention(q(x), k(x), v(x), heads: heads, causal: causal))
    }
}

/// Two linear layers with an activation between.
struct CLIPMLP: Sendable {
    let fc1: Linear
    let fc2: Linear
    let activation: Activation

    init(_ w: Weights, _ width: Int, _ inner: Int, _ activation: Activation) {
        fc1 = Linear(w("fc1"), width, inner)
        fc2 = Linear(w("fc2"), inner, width)
        self.activation = activation
    }

    func callAsFunction(_ x: Tensor) -> Tensor { fc2(activation(fc1(x))) }
}

/// A pre-norm transformer layer: x + attention(norm x), then x + mlp(norm x).
struct CLIPLayer: Sendable {
    let norm1: LayerNorm
    let attention: CLIPAttention
    let norm2: LayerNorm
    let mlp: CLIPMLP

    init(
        _ w: Weights, width: Int, inner: Int, heads: Int, activation: Activation, epsilon: Float,
        causal: Bool
    ) {
        norm1 = LayerNorm(w("layer_norm1"), width, epsilon: epsilon)
        attention = CLIPAttention(w("self_attn"), width, heads: heads, causal: causal)
        norm2 = LayerNorm(w("layer_norm2"), width, epsilon: epsilon)
        mlp = CLIPMLP(w("mlp"), width, inner, activation)
    }

    func callAsFunction(_ x: Tensor) -> Tensor {
        let x = x + attention(norm1(x))
        return x + mlp(norm2(x))
    }
}
