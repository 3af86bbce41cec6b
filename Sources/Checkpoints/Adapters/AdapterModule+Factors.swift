import PinxitTensors

// Legend: r rank, O and I features out and in, K places of a convolution's filter.

/// Changes that depend on the weight they change.
extension AdapterModule {
    /// A weight with every row, or every column, times 1 + factor ((IA)³; Liu et al. 2022, as
    /// LyCORIS has it); nil for a module without factors.
    func scaled(
        _ weight: Tensor, _ strength: Float, _ part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor? {
        guard let factors = self.part(.factors) else { return nil }
        let axis = parts[.onInput]?.item == 0 ? 0 : 1
        var own = factors.reshaped([factors.count])
        if let part, axis == 0 { own = try Self.piece(own, part) }
        guard weight.rank > 1, own.count == weight.shape[axis] else {
            throw ShapeProblem("has factors of shape \(factors.shape)")
        }
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let flat = weight.reshaped([rows, columns, -1])
        let shape = axis == 0 ? [rows, 1, 1] : [1, columns, 1]
        return (flat * own.affine(strength, 1).reshaped(shape)).reshaped(weight.shape)
    }

    /// What GLoRA (Chavan et al. 2023) adds to a weight: W a₁ a₂ + b₁ b₂; nil for a module without.
    ///
    /// Older LyCORIS has the two of each pair the other way round; a₁'s rows tell.
    func generalised(
        _ weight: Tensor, _ part: (index: Int, count: Int)?
    ) throws(ShapeProblem) -> Tensor? {
        guard let a1 = self.part(.gloraA1), let a2 = self.part(.gloraA2),
            let b1 = self.part(.gloraB1), let b2 = self.part(.gloraB2)
        else { return nil }
        guard weight.rank > 1, a1.rank > 1 else {
            throw ShapeProblem("has a part of shape \(a1.shape)")
        }
        let (rows, columns) = (weight.shape[0], weight.shape[1])
        let isOld = a1.shape[0] != columns
        let (first, second) = try (Self.matrix(isOld ? a2 : a1), Self.matrix(isOld ? a1 : a2))
        guard first.shape[0] == columns, second.shape == [first.shape[1], columns] else {
            throw ShapeProblem("has parts of shapes \(a1.shape) and \(a2.shape)")
        }
        let places = weight.reshaped([rows, columns, -1]).permuted([0, 2, 1])
        let product = matmul(matmul(places.reshaped([-1, columns]), first), second)
        let own = product.reshaped(places.shape).permuted([0, 2, 1]).reshaped(weight.shape)
        let (up, down) = isOld ? (b2, b1) : (b1, b2)
        let most = weight.count * (part?.count ?? 1)
        let added =
            if let core = self.part(.gloraMid) {
                try Self.tucker(core, up, down, turned: true, most: most)
            } else {
                try Self.product(up, down, most: most)
            }
        return (own + (try fitted(added, to: weight, part))) * scale(rank: second.shape[0])
    }

    /// One of equal parts along the first dimension.
    static func piece(
        _ tensor: Tensor, _ part: (index: Int, count: Int)
    ) throws(ShapeProblem) -> Tensor {
        guard tensor.rank > 0, tensor.shape[0] % part.count == 0 else {
            throw ShapeProblem(
                "has a part of shape \(tensor.shape), which does not come apart in \(part.count)")
        }
        return tensor.chunked(part.count, axis: 0)[part.index]
    }
}
