import PinxitTensors

// Legend: n blocks, s their size, m stages of a butterfly, O features out.

/// Changes that turn the rows of a weight.
extension AdapterModule {
    /// A weight with its rows turned, in blocks (OFT; Qiu et al. 2023) or in a butterfly of them
    /// (BOFT; Liu et al. 2024), as LyCORIS has both; nil for a module that turns nothing.
    ///
    /// A strength other than 1 takes as much of each turn, and of the lengths that are learnt
    /// beside them; LyCORIS takes those whole.
    func rotated(
        _ weight: Tensor, _ strength: Float, _ part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor? {
        guard let blocks = self.part(.oftBlocks) else { return nil }
        let shape = blocks.shape
        guard (3...4).contains(blocks.rank), shape[-1] == shape[-2] else {
            throw ShapeProblem("has blocks of shape \(shape)")
        }
        let (count, size) = (shape[-3], shape[-1])
        let rows = weight.shape.dimensions.first ?? 1
        guard count <= rows * (part?.count ?? 1), count * size == rows * (part?.count ?? 1),
            part == nil || blocks.rank == 3
        else { throw ShapeProblem("has blocks of shape \(shape)") }
        let limit = Double(parts[.alpha]?.item ?? 0) * Double(count * size)
        var turns = Self.rotations(blocks, limit: limit)
        if let part, blocks.rank == 3 { turns = try Self.piece(turns, part) }
        if strength != 1 { turns = Self.weakened(turns, strength) }
        let flat = weight.reshaped([rows, -1])
        let turned =
            blocks.rank == 3
            ? matmul(turns, flat.reshaped([turns.shape[0], size, -1]), transposeA: true)
                .reshaped(flat.shape)
            : try Self.butterfly(turns, flat)
        guard var lengths = self.part(.rescale) else { return turned.reshaped(weight.shape) }
        if let part { lengths = try Self.piece(lengths, part) }
        guard lengths.count == rows else {
            throw ShapeProblem("has lengths of shape \(lengths.shape)")
        }
        let factors = lengths.affine(strength, 1 - strength).reshaped([rows, 1])
        return (turned * factors).reshaped(weight.shape)
    }

    /// Stage i turns rows that lie 2^i s / 2 apart.
    private static func butterfly(
        _ turns: Tensor, _ weight: Tensor
    ) throws(ShapeProblem) -> Tensor {
        let (rows, columns, size) = (weight.shape[0], weight.shape[1], turns.shape[-1])
        var x = weight
        for stage in 0..<turns.shape[0] {
            guard stage < 32, size > 1, size % 2 == 0, rows % (size << stage) == 0 else {
                throw ShapeProblem("has blocks of shape \(turns.shape)")
            }
            let apart = (size / 2) << stage
            let groups = x.reshaped([-1, 2, apart, columns]).permuted([0, 2, 1, 3])
            let block = turns.sliced(axis: 0, stage..<stage + 1).reshaped([-1, size, size])
            let turned = matmul(block, groups.reshaped([-1, size, columns]))
            x = turned.reshaped([-1, apart, 2, columns]).permuted([0, 2, 1, 3])
                .reshaped([rows, columns])
        }
        return x
    }

    /// strength R + (1 - strength) I
    private static func weakened(_ turns: Tensor, _ strength: Float) -> Tensor {
        let size = turns.shape[-1]
        var identity = [Float](repeating: 0, count: size * size)
        for i in 0..<size { identity[i * size + i] = 1 - strength }
        return turns * strength + Tensor(identity, shape: [size, size])
    }

    /// Cayley's transforms (I + Q)(I - Q)⁻¹ of Q = B - Bᵀ, in double precision.
    ///
    /// - Parameters:
    ///   - blocks: B, `[…, s, s]`.
    ///   - limit: The largest length of all Q together, to which a larger one is brought; 0 is
    ///     none.
    private static func rotations(_ blocks: Tensor, limit: Double) -> Tensor {
        let size = blocks.shape[-1]
        let values = blocks.floats
        var skew = values.indices.map { index in
            let (row, column) = (index / size % size, index % size)
            return Double(values[index] - values[index + (column - row) * (size - 1)])
        }
        let length = skew.reduce(0) { $0 + $1 * $1 }.squareRoot()
        if limit > 0, length > limit {
            for i in skew.indices { skew[i] *= limit / length }
        }
        var turns = [Float]()
        turns.reserveCapacity(skew.count)
        for start in stride(from: 0, to: skew.count, by: size * size) {
            turns += cayley(Array(skew[start..<start + size * size]), size)
        }
        return Tensor(turns, shape: blocks.shape)
    }

    /// (I - Q) R = I + Q solved for R: the two sides of the transform commute. Pivots are not
    /// sought: the symmetric part of I - Q is I, so none is near 0.
    private static func cayley(_ q: [Double], _ size: Int) -> [Float] {
        var left = q.map { -$0 }
        var right = q
        for i in 0..<size {
            left[i * size + i] += 1
            right[i * size + i] += 1
        }
        left.withUnsafeMutableBufferPointer { a in
            right.withUnsafeMutableBufferPointer { b in
                for pivot in 0..<size {
                    let inverse = 1 / a[pivot * size + pivot]
                    for column in pivot..<size { a[pivot * size + column] *= inverse }
                    for column in 0..<size { b[pivot * size + column] *= inverse }
                    for row in 0..<size where row != pivot {
                        let factor = a[row * size + pivot]
                        if factor == 0 { continue }
                        for column in pivot..<size {
                            a[row * size + column] -= factor * a[pivot * size + column]
                        }
                        for column in 0..<size {
                            b[row * size + column] -= factor * b[pivot * size + column]
                        }
                    }
                }
            }
        }
        return right.map(Float.init)
    }
}
