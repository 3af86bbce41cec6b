import PinxitKernels

/// The keys and values of the positions that a causal attention has passed, so that the next one
/// costs only itself.
///
/// Inference only: nothing is recorded for gradients.
public final class KeyValueCache {
    /// Positions filled so far.
    public private(set) var count = 0
    /// `[batch, capacity, width]`.
    private let keys: Tensor
    private let values: Tensor

    /// Positions it has room for.
    public var capacity: Int { keys.shape[1] }

    /// An empty cache: its memory is taken now, for all positions.
    ///
    /// - Parameters:
    ///   - width: Features of all heads together.
    ///   - type: That of the states it will be given.
    public init(batch: Int, capacity: Int, width: Int, type: ElementType) {
        keys = Tensor(uninitialized: [batch, capacity, width], type: type)
        values = Tensor(uninitialized: [batch, capacity, width], type: type)
    }

    private init(keys: Tensor, values: Tensor, count: Int) {
        (self.keys, self.values, self.count) = (keys, values, count)
    }

    /// Each sample of the batch that many times in a row.
    public func repeated(_ times: Int) -> KeyValueCache {
        func repeated(_ x: Tensor) -> Tensor {
            let shape = x.shape
            let result = Tensor(
                uninitialized: [shape[0] * times, shape[1], shape[2]], type: x.type)
            let row = x.byteCount / shape[0]
            for copy in 0..<shape[0] * times {
                (result.pointer + copy * row)
                    .copyMemory(from: x.pointer + copy / times * row, byteCount: row)
            }
            return result
        }
        return KeyValueCache(keys: repeated(keys), values: repeated(values), count: count)
    }

    /// Takes in the next positions and attends from each of them to all up to itself.
    ///
    /// - Parameter qkv: Queries, keys and values side by side, `[batch, positions, 3 width]`; one
    ///   position, unless the cache is empty.
    /// - Returns: `[batch, positions, width]`.
    public func attend(_ qkv: Tensor, heads: Int) -> Tensor {
        let (batch, positions, width) = (qkv.shape[0], qkv.shape[1], keys.shape[2])
        precondition(
            qkv.rank == 3 && batch == keys.shape[0] && qkv.shape[2] == 3 * width
                && qkv.type == keys.type && count + positions <= capacity
                && (positions == 1 || count == 0),
            "a cache of \(count) of \(keys) cannot take \(qkv)")
        store(qkv, part: 1, in: keys)
        store(qkv, part: 2, in: values)
        count += positions
        let y = Tensor(uninitialized: [batch, positions, width], type: qkv.type)
        var shape = px_attention_shape(
            type: qkv.type.kernel, batch: batch, heads: heads, head_size: width / heads,
            q_length: positions, k_length: count, q_batch: positions * 3 * width,
            q_row: 3 * width, k_batch: capacity * width, k_row: width, v_batch: capacity * width,
            v_row: width, o_batch: positions * width, o_row: width,
            scale: 1 / Float(width / heads).squareRoot(), causal: positions > 1)
        if positions == 1 {
            px_attend(&shape, qkv.pointer, keys.pointer, values.pointer, y.pointer)
        } else {
            px_attention(&shape, qkv.pointer, keys.pointer, values.pointer, y.pointer, nil)
        }
        return y
    }

    /// Copies keys or values to their place behind those that are there.
    private func store(_ qkv: Tensor, part: Int, in target: Tensor) {
        let (batch, positions) = (qkv.shape[0], qkv.shape[1])
        let row = keys.shape[2] * qkv.type.size
        let from = qkv.pointer + part * row
        let to = target.pointer + count * row
        if positions == 1 {
            px_copy_rows(from, 3 * row, to, capacity * row, batch, row)
            return
        }
        for sample in 0..<batch {
            px_copy_rows(
                from + sample * positions * 3 * row, 3 * row, to + sample * capacity * row, row,
                positions, row)
        }
    }
}
