import PinxitKernels

extension Tensor {
    /// Twice as high and wide, each pixel repeated. `[batch, height, width, channels]`.
    public func upsampled2() -> Tensor {
        let (b, h, w, c) = picture
        let y = Tensor(uninitialized: [b, 2 * h, 2 * w, c], type: type)
        px_upsample2(pointer, y.pointer, type.kernel, b, h, w, c)
        return y.recorded(.upsample2, [self])
    }

    /// Nearest-neighbour resizing, `floor(i · in / out)`, as PyTorch's `nearest`.
    public func resizedNearest(height: Int, width: Int) -> Tensor {
        let (b, h, w, c) = picture
        let y = Tensor(uninitialized: [b, height, width, c], type: type)
        px_resize_nearest(pointer, y.pointer, type.kernel, b, h, w, c, height, width)
        return y.recorded(.resizeNearest, [self])
    }

    /// Half as high and wide, each pixel the mean of four.
    public func averagePooled2() -> Tensor {
        let (b, h, w, c) = picture
        precondition(h % 2 == 0 && w % 2 == 0, "cannot halve \(shape)")
        let y = Tensor(uninitialized: [b, h / 2, w / 2, c], type: type)
        px_average_pool2(pointer, y.pointer, type.kernel, b, h, w, c)
        return y.recorded(.averagePool2, [self])
    }

    /// Batch, height, width and channels of a picture, trapping for any other rank.
    public var picture: (batch: Int, height: Int, width: Int, channels: Int) {
        precondition(rank == 4, "[batch, height, width, channels] expected, found \(shape)")
        return (shape[0], shape[1], shape[2], shape[3])
    }
}

/// Rows of a table by id.
///
/// - Parameters:
///   - table: `[vocabulary, width]`.
///   - ids: Any shape, `i32`; each below the vocabulary's size.
/// - Returns: `[…ids, width]` in `type`.
public func embedding(_ table: Tensor, _ ids: Tensor, type: ElementType = .f32) -> Tensor {
    let (vocabulary, width) = table.shape.dimensions.pair
    precondition(
        ids.integers.allSatisfy { $0 >= 0 && $0 < vocabulary },
        "an id outside a table of \(vocabulary) rows")
    let y = Tensor(uninitialized: Shape(ids.shape.dimensions + [width]), type: type)
    px_embedding(
        table.pointer, table.type.kernel, ids.pointer.assumingMemoryBound(to: Int32.self),
        y.pointer, type.kernel, ids.count, width)
    return y.recorded(.embedding, [table], saved: [ids])
}

// MARK: Gradients

/// The gradient of ``Tensor/upsampled2()``.
public func upsample2Gradient(_ dy: Tensor, input: Shape) -> Tensor {
    let dx = Tensor(uninitialized: input, type: dy.type)
    let (b, h, w, c) = dx.picture
    px_upsample2_backward(dy.pointer, dx.pointer, dy.type.kernel, b, h, w, c)
    return dx
}

/// The gradient of ``Tensor/resizedNearest(height:width:)``.
public func resizeNearestGradient(_ dy: Tensor, input: Shape) -> Tensor {
    let dx = Tensor(uninitialized: input, type: dy.type)
    let (b, h, w, c) = dx.picture
    px_resize_nearest_backward(
        dy.pointer, dx.pointer, dy.type.kernel, b, h, w, c, dy.shape[1], dy.shape[2])
    return dx
}

/// The gradient of ``Tensor/averagePooled2()``.
public func averagePool2Gradient(_ dy: Tensor, input: Shape) -> Tensor {
    let dx = Tensor(uninitialized: input, type: dy.type)
    let (b, h, w, c) = dx.picture
    px_average_pool2_backward(dy.pointer, dx.pointer, dy.type.kernel, b, h, w, c)
    return dx
}

/// The gradient of ``embedding(_:_:type:)`` with respect to its table, in f32.
public func embeddingGradient(ids: Tensor, _ dy: Tensor, table: Shape) -> Tensor {
    let (vocabulary, width) = table.dimensions.pair
    let dtable = Tensor(uninitialized: table)
    px_embedding_backward(
        ids.pointer.assumingMemoryBound(to: Int32.self), dy.pointer, dy.type.kernel, dtable.f32,
        ids.count, width, vocabulary)
    return dtable
}
