import PinxitKernels

extension Tensor {
    /// The sum over one dimension, which disappears, in `type` or the tensor's own type.
    public func sum(axis: Int, type target: ElementType? = nil, scale: Float = 1) -> Tensor {
        let axis = shape.resolve(axis)
        var sizes = shape.dimensions
        sizes.remove(at: axis)
        return reduced(
            outer: shape.product(0..<axis), axis: shape[axis],
            inner: shape.product(axis + 1..<rank),
            shape: Shape(sizes), type: target ?? type, scale: scale)
    }

    /// The mean over one dimension, which disappears.
    public func mean(axis: Int) -> Tensor { sum(axis: axis, scale: 1 / Float(shape[axis])) }

    /// The sum of all elements: a scalar in f32.
    public func sum() -> Tensor {
        reduced(outer: 1, axis: count, inner: 1, shape: [], type: .f32, scale: 1)
    }

    /// The mean of all elements: a scalar in f32.
    public func mean() -> Tensor {
        reduced(outer: 1, axis: count, inner: 1, shape: [], type: .f32, scale: 1 / Float(count))
    }

    private func reduced(
        outer: Int, axis: Int, inner: Int, shape: Shape, type target: ElementType, scale: Float
    ) -> Tensor {
        let y = Tensor(uninitialized: shape, type: target)
        px_sum(pointer, type.kernel, y.pointer, target.kernel, outer, axis, inner, scale)
        return y.recorded(.sum(outer: outer, axis: axis, inner: inner, scale: scale), [self])
    }

    /// Sums over the dimensions that broadcasting repeated, to get back to `target`.
    public func summed(to target: Shape) -> Tensor {
        guard shape != target else { return self }
        var result = self
        while result.rank > target.rank { result = result.sum(axis: 0) }
        for axis in 0..<target.rank where target[axis] == 1 && result.shape[axis] != 1 {
            var kept = result.shape.dimensions
            kept[axis] = 1
            result = result.sum(axis: axis).reshaped(kept)
        }
        return result
    }

    /// The Euclidean norm over all elements.
    public var norm: Double { px_sum_squares(pointer, type.kernel, count).squareRoot() }
}
