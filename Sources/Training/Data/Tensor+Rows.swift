import PinxitTensors

/// A row is an entry of the first dimension.
extension Tensor {
    /// Rows in the order of `indices`, `[indices, …]`.
    func gathered(_ indices: [Int], type: ElementType) -> Tensor {
        let rows = Tensor(indices.map { Int32($0) }, shape: [indices.count])
        return embedding(reshaped([shape[0], -1]), rows, type: type)
            .reshaped([indices.count] + shape.dimensions.dropFirst())
    }

    /// Room for `count` rows like these, of undefined elements.
    func room(for count: Int) -> Tensor {
        Tensor(uninitialized: Shape([count] + shape.dimensions.dropFirst()), type: type)
    }

    /// Overwrites rows in place.
    func replaceRows(_ range: Range<Int>, by rows: Tensor) {
        let size = byteCount / shape[0]
        precondition(
            rows.type == type && rows.byteCount == range.count * size && range.lowerBound >= 0
                && range.upperBound <= shape[0], "\(rows) are no rows \(range) of \(self)")
        withExtendedLifetime(rows) {
            (pointer + range.lowerBound * size).copyMemory(
                from: rows.pointer, byteCount: rows.byteCount)
        }
    }
}
