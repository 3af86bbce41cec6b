import PinxitTensors

/// How similar each query (row) and each candidate (column) are.
public struct Similarities: Sendable {
    let rows: Int
    let columns: Int
    let values: [Float]

    init(rows: Int, columns: Int, values: [Float]) {
        (self.rows, self.columns, self.values) = (rows, columns, values)
    }

    /// - Parameter tensor: `[queries, candidates]`.
    public init(_ tensor: Tensor) {
        self.init(rows: tensor.shape[0], columns: tensor.shape[1], values: tensor.floats)
    }

    /// How often a right candidate is among the first k, for each k.
    ///
    /// - Parameter keys: One for each query, which is its own candidate's too; every candidate of a
    ///   query's key is right.
    public func recall(keys: [String], at ks: [Int]) -> [Double] {
        precondition(
            keys.count == rows && rows == columns,
            "\(keys.count) keys for \(rows)x\(columns) similarities")
        let rankings = (0..<rows).map { row in
            Ranking(values[row * columns..<(row + 1) * columns]) { keys[$0] == keys[row] }
        }
        return ks.map { rankings.share(within: $0) }
    }

    var transposed: Similarities {
        Similarities(
            rows: columns, columns: rows,
            values: (0..<columns).flatMap { c in (0..<rows).map { values[$0 * columns + c] } })
    }
}

extension [Ranking] {
    /// The share of queries with a right candidate among the first k.
    func share(within k: Int) -> Double {
        isEmpty ? 0 : reduce(0) { $0 + $1.hit(within: k) } / Double(count)
    }
}
