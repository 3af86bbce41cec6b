import PinxitKernels

/// softmax(q kᵀ / √headSize) v for each head (Vaswani et al. 2017), a block of scores at a time.
///
/// - Parameters:
///   - q: `[batch, queries, heads · headSize]`.
///   - k, v: `[batch, keys, heads · headSize]`.
///   - scale: 1/√headSize if nil.
///   - causal: Whether position t sees keys 0…t only.
/// - Returns: `[batch, queries, heads · headSize]`.
public func attention(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Float? = nil, causal: Bool = false
) -> Tensor {
    let scale = scale ?? 1 / Float(q.shape[-1] / heads).squareRoot()
    var shape = px_attention_shape(q, k, v, heads: heads, scale: scale, causal: causal)
    let o = Tensor(uninitialized: q.shape, type: q.type)
    let tracked = q.isTracked || k.isTracked || v.isTracked
    let lse = tracked ? Tensor(uninitialized: [q.shape[0], heads, q.shape[1]]) : nil
    px_attention(&shape, q.pointer, k.pointer, v.pointer, o.pointer, lse?.f32)
    return o.recorded(
        .attention(heads: heads, scale: scale, causal: causal), [q, k, v], saved: [o, lse!])
}

/// How much each query takes of each key, softmax(q kᵀ / √headSize), which ``attention(_:_:_:heads:
/// scale:causal:)`` never holds as a whole: for looking at it, and for changing it.
///
/// - Parameters:
///   - q: `[batch, queries, heads · headSize]`.
///   - k: `[batch, keys, heads · headSize]`.
///   - scale: 1/√headSize if nil.
/// - Returns: `[batch, heads, queries, keys]` in f32; each row's sum is 1.
public func attentionProbabilities(
    _ q: Tensor, _ k: Tensor, heads: Int, scale: Float? = nil
) -> Tensor {
    precondition(
        q.rank == 3 && k.rank == 3 && q.shape[0] == k.shape[0] && q.shape[2] == k.shape[2]
            && q.shape[2] % heads == 0,
        "attention with \(heads) heads cannot take q \(q), k \(k)")
    let scale = scale ?? 1 / Float(q.shape[2] / heads).squareRoot()
    let (queries, keys) = (q.splitInto(heads: heads), k.splitInto(heads: heads))
    return (matmul(queries, keys, transposeB: true) * scale).softmax()
}

/// The values that queries take: what ``attention(_:_:_:heads:scale:causal:)`` does with its
/// probabilities.
///
/// - Parameters:
///   - probabilities: `[batch, heads, queries, keys]` in f32.
///   - v: `[batch, keys, heads · headSize]`.
/// - Returns: `[batch, queries, heads · headSize]` in v's type.
public func attended(_ probabilities: Tensor, _ v: Tensor) -> Tensor {
    let (heads, queries) = (probabilities.shape[1], probabilities.shape[2])
    return matmul(probabilities, v.splitInto(heads: heads)).permuted([0, 2, 1, 3])
        .reshaped([v.shape[0], queries, v.shape[2]]).cast(to: v.type)
}

extension Tensor {
    /// `[batch, tokens, heads · size]` as `[batch, heads, tokens, size]` in f32.
    fileprivate func splitInto(heads: Int) -> Tensor {
        cast(to: .f32).reshaped([shape[0], shape[1], heads, shape[2] / heads])
            .permuted([0, 2, 1, 3])
    }
}

/// The gradients of ``attention(_:_:_:heads:scale:causal:)``.
public func attentionGradients(
    _ q: Tensor, _ k: Tensor, _ v: Tensor, output: Tensor, logSumExp: Tensor, _ dy: Tensor,
    heads: Int, scale: Float, causal: Bool
) -> (q: Tensor, k: Tensor, v: Tensor) {
    var shape = px_attention_shape(q, k, v, heads: heads, scale: scale, causal: causal)
    let dq = Tensor(uninitialized: q.shape, type: q.type)
    let dk = Tensor(uninitialized: k.shape, type: k.type)
    let dv = Tensor(uninitialized: v.shape, type: v.type)
    px_attention_backward(
        &shape, q.pointer, k.pointer, v.pointer, output.pointer, dy.pointer, logSumExp.f32,
        dq.pointer, dk.pointer, dv.pointer)
    return (dq, dk, dv)
}

extension px_attention_shape {
    init(_ q: Tensor, _ k: Tensor, _ v: Tensor, heads: Int, scale: Float, causal: Bool) {
        precondition(
            q.rank == 3 && k.rank == 3 && k.shape == v.shape && q.shape[0] == k.shape[0]
                && q.shape[2] == k.shape[2] && q.shape[2] % heads == 0 && q.type == k.type
                && q.type == v.type,
            "attention with \(heads) heads cannot take q \(q), k \(k), v \(v)")
        let (queries, keys, width) = (q.shape[1], k.shape[1], q.shape[2])
        self.init(
            type: q.type.kernel, batch: q.shape[0], heads: heads, head_size: width / heads,
            q_length: queries, k_length: keys, q_batch: queries * width, q_row: width,
            k_batch: keys * width, k_row: width, v_batch: keys * width, v_row: width,
            o_batch: queries * width, o_row: width, scale: scale, causal: causal)
    }
}
