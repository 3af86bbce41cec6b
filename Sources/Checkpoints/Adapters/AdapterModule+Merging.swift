import PinxitLayers
import PinxitTensors

extension AdapterModule {
    /// A weight with the module's change.
    ///
    /// - Parameters:
    ///   - weight: In f32.
    ///   - strength: What the whole change is multiplied by.
    ///   - part: Which of how many equal parts along the first dimension of what the file changes
    ///     the weight is.
    func changed(
        weight: Tensor, strength: Float, part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor {
        if let value = self.part(.setWeight) {
            let value = try fitted(value, to: weight, part)
            return blend(1 - strength, weight, strength, value)
        }
        if let scaled = try scaled(weight, strength, part) { return scaled }
        if let rotated = try rotated(weight, strength, part) { return rotated }
        var change = try generalised(weight, part)
        if change == nil, let own = try difference(most: weight.count * (part?.count ?? 1)) {
            change = try fitted(own, to: weight, part)
        }
        guard let delta = change else { return weight }
        guard parts[.doraScale] != nil || parts[.magnitude] != nil else {
            return blend(1, weight, strength, delta)
        }
        let whole = try decomposed(weight + delta, part)
        return blend(1 - strength, weight, strength, whole)
    }

    /// A bias with the module's change; in f32.
    func changed(
        bias: Tensor, strength: Float, part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor {
        var result = bias
        if let difference = self.part(.biasDifference) ?? self.part(.normBias) {
            result = blend(1, result, strength, try fitted(difference, to: bias, part))
        }
        if let up = self.part(.upBias) {
            let factor = strength * scale(rank: parts[.down]?.shape.dimensions.first)
            result = blend(1, result, factor, try fitted(up, to: bias, part))
        }
        return result
    }

    /// The change in the weight's shape. A matrix may be meant by a convolution of one place and
    /// the other way round, and any convolution's filter be one.
    func fitted(
        _ difference: Tensor, to weight: Tensor, _ part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor {
        var own = difference
        if let part, own.rank > 0, own.shape[0] % part.count == 0 {
            own = own.chunked(part.count, axis: 0)[part.index]
        }
        func squeezed(_ shape: Shape) -> [Int] {
            var sizes = shape.dimensions
            while sizes.count > 2, sizes.last == 1 { sizes.removeLast() }
            return sizes
        }
        let isFlat = own.rank == 2 && own.shape[0] == weight.shape[0] && own.count == weight.count
        guard isFlat || squeezed(own.shape) == squeezed(weight.shape) else {
            throw ShapeProblem("makes a change of shape \(own.shape)")
        }
        return own.reshaped(weight.shape)
    }

    /// The changed weight with every row, or every column, of the length that was learnt (DoRA; Liu
    /// et al. 2024): that of the row of `merged` is taken away.
    ///
    /// The axis is told by the shape of the lengths: PEFT and newer LyCORIS have one a row, older
    /// LyCORIS one a column.
    private func decomposed(
        _ merged: Tensor, _ part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor {
        let (rows, columns) = (merged.shape[0], merged.rank > 1 ? merged.shape[1] : 1)
        let squares = (merged * merged).reshaped([rows, columns, -1]).sum(axis: 2)
        if let lengths = rowLengths(rows, part) {
            let norms = squares.sum(axis: 1).reshaped([rows, 1])
            let factors = lengths.reshaped([rows, 1]) / Self.roots(norms)
            return (merged.reshaped([rows, -1]) * factors).reshaped(merged.shape)
        }
        guard let lengths = self.part(.doraScale), lengths.count == columns, part == nil else {
            let found = (parts[.doraScale] ?? parts[.magnitude])?.shape ?? []
            throw ShapeProblem("has lengths of shape \(found)")
        }
        let norms = squares.sum(axis: 0).reshaped([1, columns, 1])
        let factors = lengths.reshaped([1, columns, 1]) / Self.roots(norms)
        return (merged.reshaped([rows, columns, -1]) * factors).reshaped(merged.shape)
    }

    /// One length a row, where the module has those.
    private func rowLengths(_ rows: Int, _ part: (index: Int, count: Int)?) -> Tensor? {
        guard var lengths = self.part(.magnitude) ?? self.part(.doraScale) else { return nil }
        let isMagnitude = parts[.magnitude] != nil
        if let part, lengths.rank > 0, lengths.shape[0] == rows * part.count {
            lengths = lengths.chunked(part.count, axis: 0)[part.index]
        }
        guard lengths.count == rows, isMagnitude || lengths.shape.dimensions.first == rows else {
            return nil
        }
        return lengths
    }

    /// Square roots, with the little that LyCORIS adds to each.
    private static func roots(_ squares: Tensor) -> Tensor {
        Tensor(
            squares.floats.map { $0.squareRoot() + LowRank.leastLength }, shape: squares.shape)
    }
}
