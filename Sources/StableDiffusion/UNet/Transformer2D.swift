import PinxitLayers
import PinxitTensors

/// Attention of a sequence to itself or to a context. Parameters `to_q`, `to_k`, `to_v` without
/// bias, `to_out.0` with one.
struct CrossAttention: Sendable {
    let q: Linear
    let k: Linear
    let v: Linear
    let out: Linear
    let heads: Int

    init(_ w: Weights, _ width: Int, context: Int, heads: Int) {
        q = Linear(w("to_q"), width, width, bias: false)
        k = Linear(w("to_k"), context, width, bias: false)
        v = Linear(w("to_v"), context, width, bias: false)
        out = Linear(w("to_out")(0), width, width)
        self.heads = heads
    }

    /// Attention of a sequence to itself.
    func callAsFunction(_ x: Tensor, _ controlled: ControlledAttention? = nil) -> Tensor {
        out(attended(q(x), k(x), v(x), controlled, .itself))
    }

    func callAsFunction(
        _ x: Tensor, _ context: TextContext, _ controlled: ControlledAttention? = nil
    ) -> Tensor {
        let (keys, values) = context.keysAndValues(of: k.weight.storage) { (k($0), v($0)) }
        let queries = q(x)
        let taken = attended(queries, keys, values, controlled, .text)
        let images = context.images
        return out(
            images?.added(to: taken, queries, layer: k.weight.storage, heads: heads) ?? taken)
    }

    private func attended(
        _ q: Tensor, _ k: Tensor, _ v: Tensor, _ controlled: ControlledAttention?,
        _ target: AttentionPlace.Target
    ) -> Tensor {
        controlled?.attend(q, k, v, heads: heads, target) ?? attention(q, k, v, heads: heads)
    }
}

/// Self-attention, cross-attention and a gated feed-forward net, each behind a norm and around a
/// skip.
///
/// Source: diffusers `models/attention.py`, `BasicTransformerBlock`.
struct TransformerBlock: Sendable {
    let norm1: LayerNorm
    let attention1: CrossAttention
    let norm2: LayerNorm
    let attention2: CrossAttention
    let norm3: LayerNorm
    let projection: Linear
    let out: Linear

    init(_ w: Weights, _ width: Int, context: Int, heads: Int) {
        norm1 = LayerNorm(w("norm1"), width)
        attention1 = CrossAttention(w("attn1"), width, context: width, heads: heads)
        norm2 = LayerNorm(w("norm2"), width)
        attention2 = CrossAttention(w("attn2"), width, context: context, heads: heads)
        norm3 = LayerNorm(w("norm3"), width)
        projection = Linear(w("ff")("net")(0)("proj"), width, 8 * width)
        out = Linear(w("ff")("net")(2), 4 * width, width)
    }

    /// - Parameters:
    ///   - merge: Which tokens self-attention takes as one, if any.
    ///   - controlled: Who looks at attention, if anyone does.
    func callAsFunction(
        _ x: Tensor, _ context: TextContext, merge: TokenMerge?, _ controlled: ControlledAttention?
    ) -> Tensor {
        var x = x
        let h = norm1(x)
        // Merged tokens are no map, so nobody looks at them.
        x = x + (merge.map { $0.unmerged(attention1($0.merged(h))) } ?? attention1(h, controlled))
        x = x + attention2(norm2(x), context, controlled)
        return x + out(geglu(projection(norm3(x))))
    }
}

/// Transformer blocks over the pixels of a feature map, around a skip.
///
/// Source: diffusers `models/transformers/transformer_2d.py`.
struct Transformer2D: Sendable {
    /// A 1x1 convolution, or a linear layer: the same product on channels-last pixels.
    private enum Projection: Sendable {
        case convolution(Conv2d)
        case linear(Linear)

        init(_ w: Weights, _ width: Int, linear: Bool) {
            self =
                linear
                ? .linear(Linear(w, width, width))
                : .convolution(Conv2d(w, width, width, kernel: 1))
        }

        func callAsFunction(_ x: Tensor) -> Tensor {
            switch self {
            case .convolution(let layer): layer(x)
            case .linear(let layer): layer(x)
            }
        }
    }

    let norm: GroupNorm
    private let projectionIn: Projection
    let blocks: [TransformerBlock]
    private let projectionOut: Projection

    init(_ w: Weights, _ width: Int, layers: Int, heads: Int, _ c: UNetConfiguration) {
        norm = GroupNorm(w("norm"), width, groups: c.normGroups, epsilon: 1e-6)
        projectionIn = Projection(w("proj_in"), width, linear: c.useLinearProjection)
        blocks = (0..<layers).map {
            TransformerBlock(
                w("transformer_blocks")($0), width, context: c.crossAttentionWidth, heads: heads)
        }
        projectionOut = Projection(w("proj_out"), width, linear: c.useLinearProjection)
    }

    /// `[batch, height, width, channels]`, same shape out.
    ///
    /// - Parameter part: Where in the U-Net it lies.
    func callAsFunction(
        _ x: Tensor, _ given: Conditioning, _ part: AttentionPlace.Part,
        merging: TokenMerging? = nil
    ) -> Tensor {
        let (batch, height, width, channels) = x.picture
        var h = projectionIn(norm(x))
        let merge = merging?.merge(h)
        h = h.reshaped([batch, height * width, channels])
        let controlled = given.attention.map {
            ControlledAttention(control: $0, part: part, height: height, width: width)
        }
        for block in blocks { h = block(h, given.context, merge: merge, controlled) }
        return x + projectionOut(h.reshaped([batch, height, width, channels]))
    }
}
