import PinxitKernels

extension Tensor {
    /// The same elements in another shape. One size may be -1: it is worked out.
    public func reshaped(_ sizes: [Int]) -> Tensor {
        var sizes = sizes
        if let unknown = sizes.firstIndex(of: -1) {
            let known = sizes.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
            sizes[unknown] = known == 0 ? 0 : count / known
        }
        let target = Shape(sizes)
        precondition(target.count == count, "cannot reshape \(shape) to \(target)")
        return view(target).recorded(.reshape, [self])
    }

    /// The same elements in another shape of as many; storage is shared.
    public func reshaped(_ target: Shape) -> Tensor { reshaped(target.dimensions) }

    /// Dimension i of the result is dimension `order[i]` of self.
    public func permuted(_ order: [Int]) -> Tensor {
        precondition(
            order.sorted() == Array(0..<rank) && rank <= 6, "\(order) does not permute \(shape)")
        let y = Tensor(uninitialized: Shape(order.map { shape[$0] }), type: type)
        px_permute(
            pointer, y.pointer, type.size, Int32(rank), shape.dimensions, order.map(Int32.init))
        return y.recorded(.permute(order), [self])
    }

    /// A range of one dimension.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = shape.resolve(axis)
        precondition(
            range.lowerBound >= 0 && range.upperBound <= shape[axis],
            "no \(range) in dimension \(axis) of \(shape)")
        var sizes = shape.dimensions
        sizes[axis] = range.count
        let inner = shape.product(axis + 1..<rank) * type.size
        let outer = shape.product(0..<axis)
        if outer == 1 {
            return view(Shape(sizes), offset: range.lowerBound * inner)
                .recorded(.slice(axis: axis, range: range), [self])
        }
        let y = Tensor(uninitialized: Shape(sizes), type: type)
        px_copy_rows(
            pointer + range.lowerBound * inner, shape[axis] * inner, y.pointer,
            range.count * inner, outer, range.count * inner)
        return y.recorded(.slice(axis: axis, range: range), [self])
    }

    /// Equal pieces along a dimension.
    public func chunked(_ pieces: Int, axis: Int) -> [Tensor] {
        let size = shape[axis] / pieces
        precondition(size * pieces == shape[axis], "cannot cut \(shape) in \(pieces) along \(axis)")
        return (0..<pieces).map { sliced(axis: axis, $0 * size..<($0 + 1) * size) }
    }

    /// Each 2x2 pixels as one with four times the channels, in the order of PyTorch's
    /// `pixel_unshuffle`.
    public func pixelUnshuffled2() -> Tensor {
        let (b, h, w, c) = picture
        precondition(h % 2 == 0 && w % 2 == 0, "cannot halve \(shape)")
        return reshaped([b, h / 2, 2, w / 2, 2, c]).permuted([0, 1, 3, 5, 2, 4])
            .reshaped([b, h / 2, w / 2, 4 * c])
    }

    /// Every fourth of the channels as one of 2x2 pixels, in the order of PyTorch's
    /// `pixel_shuffle`.
    public func pixelShuffled2() -> Tensor {
        let (b, h, w, c) = picture
        precondition(c % 4 == 0, "the channels of \(shape) do not make 2x2 pixels")
        return reshaped([b, h, w, c / 4, 2, 2]).permuted([0, 1, 4, 2, 5, 3])
            .reshaped([b, 2 * h, 2 * w, c / 4])
    }

    /// The other direction of ``sliced(axis:_:)``: zeros but for the range, which holds self.
    /// The result has no gradient.
    public func padded(axis: Int, size: Int, at start: Int) -> Tensor {
        let axis = shape.resolve(axis)
        precondition(
            start >= 0 && start + shape[axis] <= size,
            "\(shape) at \(start) does not lie within \(size) along axis \(axis)")
        var sizes = shape.dimensions
        sizes[axis] = size
        let inner = shape.product(axis + 1..<rank) * type.size
        let y = Tensor.zeros(Shape(sizes), type: type)
        px_copy_rows(
            pointer, shape[axis] * inner, y.pointer + start * inner, size * inner,
            shape.product(0..<axis), shape[axis] * inner)
        return y
    }
}

extension Tensor {
    /// Every picture moved by its own distance; what comes in from outside is zero.
    /// `[batch, height, width, channels]`.
    public func translated(_ shifts: [Operation.Translation]) -> Tensor {
        let (batch, height, width, channels) = picture
        precondition(shifts.count == batch, "\(shifts.count) shifts for \(shape)")
        let y = Tensor.zeros(shape, type: type)
        let pixel = channels * type.size
        for (index, shift) in shifts.enumerated() {
            let columns = width - Int(shift.right.magnitude)
            guard columns > 0, shift.down.magnitude < height else { continue }
            for row in max(0, shift.down)..<min(height, height + shift.down) {
                let source = ((index * height + row - shift.down) * width + max(0, -shift.right))
                let target = ((index * height + row) * width + max(0, shift.right))
                (y.pointer + target * pixel).copyMemory(
                    from: pointer + source * pixel, byteCount: columns * pixel)
            }
        }
        return y.recorded(.translate(shifts), [self])
    }
}

/// Joins tensors along a dimension; their other dimensions are equal.
public func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
    precondition(!tensors.isEmpty, "nothing to concatenate")
    let first = tensors[0]
    let axis = first.shape.resolve(axis)
    var sizes = first.shape.dimensions
    sizes[axis] = tensors.reduce(0) { $0 + $1.shape[axis] }
    let inner = first.shape.product(axis + 1..<first.rank) * first.type.size
    let outer = first.shape.product(0..<axis)
    let y = Tensor(uninitialized: Shape(sizes), type: first.type)
    var start = 0
    for tensor in tensors {
        var expected = sizes
        expected[axis] = tensor.shape[axis]
        precondition(
            tensor.shape == Shape(expected) && tensor.type == first.type,
            "cannot concatenate \(first) and \(tensor) along \(axis)")
        let bytes = tensor.shape[axis] * inner
        px_copy_rows(tensor.pointer, bytes, y.pointer + start, sizes[axis] * inner, outer, bytes)
        start += bytes
    }
    return y.recorded(.concatenate(axis: axis), tensors)
}

/// Joins tensors of one shape along a new first dimension.
public func stack(_ tensors: [Tensor]) -> Tensor {
    concatenate(tensors.map { $0.reshaped([1] + $0.shape.dimensions) }, axis: 0)
}
