import Kernels

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
