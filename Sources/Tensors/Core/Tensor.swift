/// An array of numbers with a shape: the value every layer takes and returns.
///
/// A tensor is contiguous and, once made, is changed only by the optimiser's in-place updates.
/// Pictures and feature maps are `[batch, height, width, channels]`, token sequences
/// `[batch, sequence, features]`. Operations run on the engine's thread: see ``Engine``.
public struct Tensor: @unchecked Sendable {
    /// The sizes of its dimensions, outermost first.
    public let shape: Shape
    /// The type of its elements.
    public let type: ElementType
    /// The memory its elements lie in, perhaps with those of other tensors.
    public private(set) var storage: Storage
    /// Where the elements begin in the storage, in bytes.
    let offset: Int
    /// How the tensor was computed, if a gradient may be asked for.
    public internal(set) var node: Node?

    /// A tensor over existing storage; the storage must hold it.
    public init(storage: Storage, offset: Int = 0, shape: Shape, type: ElementType) {
        precondition(
            offset >= 0 && offset + shape.count * type.size <= storage.byteCount,
            "a \(type) tensor of shape \(shape) at byte \(offset) does not fit \(storage.byteCount) bytes"
        )
        self.shape = shape
        self.type = type
        self.storage = storage
        self.offset = offset
    }

    /// A new tensor with undefined elements.
    public init(uninitialized shape: Shape, type: ElementType = .f32) {
        self.init(
            storage: Storage(byteCount: max(shape.count * type.size, 1)), shape: shape, type: type)
    }

    /// The number of elements; 1 for a scalar.
    public var count: Int { shape.count }
    /// The number of dimensions; 0 for a scalar.
    public var rank: Int { shape.rank }
    /// Bytes of its own elements, whatever else the storage holds.
    public var byteCount: Int { count * type.size }

    /// The elements' memory. Valid while the tensor's storage lives.
    public var pointer: UnsafeMutableRawPointer { storage.pointer + offset }

    /// The same elements without a record of how they were computed.
    public var detached: Tensor {
        var copy = self
        copy.node = nil
        return copy
    }

    /// The same record, whose elements may be given back: nobody may read them.
    var withoutElements: Tensor {
        var copy = self
        copy.storage = .unreadable
        return copy
    }

    /// The same elements read with another shape of as many elements. Shares storage.
    func view(_ shape: Shape, offset extra: Int = 0) -> Tensor {
        Tensor(storage: storage, offset: offset + extra, shape: shape, type: type)
    }
}

extension Tensor: CustomStringConvertible {
    /// Shape and type, without the elements.
    public var description: String { "Tensor(\(shape), \(type))" }
}
