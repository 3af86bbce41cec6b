import PinxitTensors

extension SplitMix64 {
    /// Some rows of the standard normal numbers that a whole batch draws, `[rows, …]`; those of the
    /// others are passed over.
    ///
    /// - Parameters:
    ///   - rows: Those wanted.
    ///   - batch: Rows in all.
    ///   - row: The shape of one.
    mutating func normal(_ rows: Range<Int>, of batch: Int, row: [Int]) -> Tensor {
        let size = row.reduce(1, *)
        // Numbers are drawn in pairs.
        guard size % 2 == 0 else {
            return normal(Shape([batch] + row)).sliced(axis: 0, rows)
        }
        skip(rows.lowerBound * size)
        defer { skip((batch - rows.upperBound) * size) }
        return normal(Shape([rows.count] + row))
    }
}
