import PinxitKernels

extension Tensor {
    /// Element by element, by NumPy's broadcasting. Both of one type, up to 6 dimensions.
    public static func + (a: Tensor, b: Tensor) -> Tensor { binary(PX_ADD, .add, a, b) }
    /// Element by element, by NumPy's broadcasting. Both of one type, up to 6 dimensions.
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary(PX_SUB, .subtract, a, b) }
    /// Element by element, by NumPy's broadcasting: no product of matrices, which
    /// ``matmul(_:_:transposeA:transposeB:)`` is. Both of one type, up to 6 dimensions.
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary(PX_MUL, .multiply, a, b) }
    /// Element by element, by NumPy's broadcasting. Both of one type, up to 6 dimensions.
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary(PX_DIV, .divide, a, b) }

    /// A number added to every element; the type stays.
    public static func + (a: Tensor, b: Float) -> Tensor { a.affine(1, b) }
    /// A number taken from every element; the type stays.
    public static func - (a: Tensor, b: Float) -> Tensor { a.affine(1, -b) }
    /// Every element times a number; the type stays.
    public static func * (a: Tensor, b: Float) -> Tensor { a.affine(b, 0) }
    /// Every element times a number; the type stays.
    public static func * (a: Float, b: Tensor) -> Tensor { b.affine(a, 0) }
    /// Every element times 1 / b, rounded to f32 first; the type stays.
    public static func / (a: Tensor, b: Float) -> Tensor { a.affine(1 / b, 0) }
    /// Every element times -1.
    public static prefix func - (a: Tensor) -> Tensor { a.affine(-1, 0) }

    private static func binary(
        _ op: px_binary_op, _ operation: Operation, _ a: Tensor, _ b: Tensor
    ) -> Tensor {
        precondition(a.type == b.type, "operands of different types: \(a), \(b)")
        let shape = a.shape == b.shape ? a.shape : a.shape.broadcast(with: b.shape)
        precondition(shape.rank <= 6, "more than 6 dimensions: \(shape)")
        let y = Tensor(uninitialized: shape, type: a.type)
        px_binary(
            op, a.pointer, a.shape.strides(broadcastTo: shape), b.pointer,
            b.shape.strides(broadcastTo: shape), y.pointer, a.type.kernel, Int32(shape.rank),
            shape.dimensions)
        return y.recorded(operation, [a, b])
    }

    /// scale x + constant
    public func affine(_ scale: Float, _ constant: Float) -> Tensor {
        let y = Tensor(uninitialized: shape, type: type)
        px_axpby(scale, pointer, 0, nil, constant, y.pointer, type.kernel, count)
        return y.recorded(.affine(alpha: scale), [self])
    }

    /// min(max(x, low), high)
    public func clamped(_ low: Float, _ high: Float) -> Tensor {
        let y = Tensor(uninitialized: shape, type: type)
        px_clamp(pointer, y.pointer, type.kernel, count, low, high)
        return y.recorded(.clamp(low: low, high: high), [self])
    }

    /// The same numbers in another floating-point type, rounded to the nearest even.
    public func cast(to target: ElementType) -> Tensor {
        guard target != type else { return self }
        let y = Tensor(uninitialized: shape, type: target)
        px_convert(pointer, type.kernel, y.pointer, target.kernel, count)
        return y.recorded(.cast, [self])
    }
}

/// alpha a + beta b, for tensors of one shape.
public func blend(_ alpha: Float, _ a: Tensor, _ beta: Float, _ b: Tensor) -> Tensor {
    precondition(a.shape == b.shape && a.type == b.type, "cannot blend \(a) with \(b)")
    let y = Tensor(uninitialized: a.shape, type: a.type)
    px_axpby(alpha, a.pointer, beta, b.pointer, 0, y.pointer, a.type.kernel, a.count)
    return y.recorded(.blend(alpha: alpha, beta: beta), [a, b])
}
