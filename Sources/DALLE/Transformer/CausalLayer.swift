import PinxitLayers
import PinxitTensors

/// A pre-norm transformer layer (Radford et al. 2019): x + attention(norm x), then x + mlp(norm x);
/// a position sees itself and those before it.
struct CausalLayer: Sendable {
    let norm1: LayerNorm
    let qkv: Linear
    let out: Linear
    let norm2: LayerNorm
    let fc1: Linear
    let fc2: Linear
    let heads: Int

    init(_ w: Weights, _ c: TokenTransformerConfiguration) {
        let plain = Initialiser.normal(0.02)
        // Two branches a layer add to the same stream, whose variance would grow with depth.
        let residual = Initialiser.normal(0.02 / Float(2 * c.layers).squareRoot())
        norm1 = LayerNorm(w("norm1"), c.width)
        qkv = Linear(w("attention")("qkv"), c.width, 3 * c.width, initialiser: plain)
        out = Linear(w("attention")("out"), c.width, c.width, initialiser: residual)
        norm2 = LayerNorm(w("norm2"), c.width)
        fc1 = Linear(w("mlp")("fc1"), c.width, 4 * c.width, initialiser: plain)
        fc2 = Linear(w("mlp")("fc2"), 4 * c.width, c.width, initialiser: residual)
        heads = c.heads
    }

    /// `[batch, positions, width]`, same shape out: all positions at once.
    func callAsFunction(_ x: Tensor) -> Tensor {
        let parts = qkv(norm1(x)).chunked(3, axis: 2)
        let x =
            x
            + out(PinxitTensors.attention(parts[0], parts[1], parts[2], heads: heads, causal: true))
        return x + mlp(norm2(x))
    }

    /// The same for the next positions only, those before being in the cache.
    func callAsFunction(_ x: Tensor, _ cache: KeyValueCache) -> Tensor {
        let x = x + out(cache.attend(qkv(norm1(x)), heads: heads))
        return x + mlp(norm2(x))
    }

    private func mlp(_ x: Tensor) -> Tensor { fc2(fc1(x).gelu) }
}
