import PinxitKernels

extension Tensor {
    /// A tensor of f32 numbers in row-major order.
    public init(_ values: [Float], shape: Shape? = nil) {
        let shape = shape ?? Shape([values.count])
        precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
        self.init(uninitialized: shape)
        values.withUnsafeBytes {
            pointer.copyMemory(
                from: $0.baseAddress ?? UnsafeRawPointer(pointer), byteCount: $0.count)
        }
    }

    /// A tensor of ids, such as tokens.
    @_disfavoredOverload
    public init(_ values: [Int32], shape: Shape? = nil) {
        let shape = shape ?? Shape([values.count])
        precondition(values.count == shape.count, "\(values.count) values for shape \(shape)")
        self.init(uninitialized: shape, type: .i32)
        values.withUnsafeBytes {
            pointer.copyMemory(
                from: $0.baseAddress ?? UnsafeRawPointer(pointer), byteCount: $0.count)
        }
    }

    /// A scalar, shape `[]`.
    public init(_ value: Float) { self.init([value], shape: []) }

    /// All bytes 0, which is 0 in every type.
    public static func zeros(_ shape: Shape, type: ElementType = .f32) -> Tensor {
        let tensor = Tensor(uninitialized: shape, type: type)
        tensor.pointer.initializeMemory(as: UInt8.self, repeating: 0, count: tensor.byteCount)
        return tensor
    }

    /// All of one value, rounded to `type`, which is a floating-point type.
    public static func full(_ shape: Shape, _ value: Float, type: ElementType = .f32) -> Tensor {
        Tensor([Float](repeating: value, count: shape.count), shape: shape).cast(to: type)
    }

    /// All 1, in a floating-point type.
    public static func ones(_ shape: Shape, type: ElementType = .f32) -> Tensor {
        full(shape, 1, type: type)
    }

    /// The elements as f32, whatever floating-point type they have.
    public var floats: [Float] {
        let source = type == .f32 ? self : detached.cast(to: .f32)
        return [Float](
            unsafeUninitializedCapacity: count
        ) { buffer, initialized in
            if count > 0 {
                UnsafeMutableRawPointer(buffer.baseAddress!).copyMemory(
                    from: source.pointer, byteCount: count * 4)
            }
            initialized = count
        }
    }

    /// The elements of an `i32` tensor.
    public var integers: [Int32] {
        precondition(type == .i32, "ids are i32, not \(type)")
        return [Int32](
            UnsafeBufferPointer(start: pointer.assumingMemoryBound(to: Int32.self), count: count))
    }

    /// The only element.
    public var item: Float {
        precondition(count == 1, "one element expected in shape \(shape)")
        return floats[0]
    }

    /// A copy with its own storage and no record.
    public func copy() -> Tensor {
        let result = Tensor(uninitialized: shape, type: type)
        result.pointer.copyMemory(from: pointer, byteCount: byteCount)
        return result
    }

    /// Replaces the elements in place by those of a tensor of the same shape and type.
    public func overwrite(with other: Tensor) {
        precondition(
            shape == other.shape && type == other.type,
            "cannot overwrite \(self) with \(other)")
        pointer.copyMemory(from: other.pointer, byteCount: byteCount)
        storage.touch()
    }

    /// The index of the first element that is not a finite number, or nil.
    public var firstNonFinite: Int? {
        let index = px_first_nonfinite(pointer, type.kernel, count)
        return index < 0 ? nil : index
    }
}
