import CPinxitOneDNN
import PinxitKernels

/// A oneDNN primitive for one set of shapes, made once and kept.
final class Primitive {
    /// What tells primitives apart.
    enum Key: Hashable {
        case convolution(ConvolutionKind, ConvolutionSizes)
        case product(ProductSizes)

        var isQuantised: Bool {
            switch self {
            case .convolution(_, let sizes): sizes.type == .i8
            case .product(let sizes): sizes.aType == .i8
            }
        }
    }

    private let handle: OpaquePointer
    let packedSize: Int
    let packedIsPlain: Bool
    private let scratchSize: Int
    /// Whether it multiplies 8-bit levels.
    let isQuantised: Bool

    private init(_ handle: OpaquePointer, isQuantised: Bool) {
        self.handle = handle
        self.isQuantised = isQuantised
        packedSize = odn_packed_size(handle)
        packedIsPlain = odn_packed_is_plain(handle)
        scratchSize = odn_scratch_size(handle)
    }

    deinit { odn_destroy(handle) }

    /// Primitives are made for a number of threads, and keep to it.
    private struct Place: Hashable {
        let key: Key
        let threads: Int32
    }

    nonisolated(unsafe) private static var cache: [Place: Primitive] = [:]
    /// A server paints in any size, and each has primitives of its own, some 50 to 90 kB each.
    /// Training in seventeen buckets of sizes keeps all of its own.
    private static let mostKept = 6000

    /// The primitive for a key. Only the engine's thread may ask, since primitives are not
    /// reentrant.
    static func cached(_ key: Key) -> Primitive {
        Engine.requireCurrent()
        let place = Place(key: key, threads: px_thread_count())
        if let found = cache[place] { return found }
        guard let handle = create(key) else {
            fatalError("\(String(cString: odn_last_error())): \(key)")
        }
        // Those that hold packed weights stay with them.
        if cache.count >= mostKept { cache = [:] }
        let primitive = Primitive(handle, isQuantised: key.isQuantised)
        cache[place] = primitive
        return primitive
    }

    private static func create(_ key: Key) -> OpaquePointer? {
        switch key {
        case .convolution(let kind, let sizes):
            var c = sizes.description
            switch kind {
            case .forward: return odn_convolution_forward(&c)
            case .backwardData: return odn_convolution_backward_data(&c)
            case .backwardWeights: return odn_convolution_backward_weights(&c)
            }
        case .product(let sizes):
            var p = sizes.description
            return odn_product_create(&p)
        }
    }

    /// Runs it; see `odn_execute` for what the operands are.
    func callAsFunction(
        _ first: Tensor, _ second: UnsafeRawPointer, bias: Tensor?,
        into out: UnsafeMutableRawPointer
    ) {
        let scratch = scratchSize > 0 ? Storage(byteCount: scratchSize) : nil
        let status = withExtendedLifetime(scratch) {
            odn_execute(handle, first.pointer, second, bias?.pointer, out, scratch?.pointer)
        }
        precondition(status == 0, String(cString: odn_last_error()))
    }

    /// Runs it with a weight, brought into the order it reads.
    func callAsFunction(
        _ first: Tensor, weight: Tensor, bias: Tensor?, into out: UnsafeMutableRawPointer
    ) {
        let packed = prepared(weight)
        self(first, packed.pointer, bias: bias, into: out)
        weight.storage.dropPassingPages()
    }

    /// The weight in the order this primitive reads: as it lies, from what is kept with its
    /// storage, or on the stage.
    func prepared(_ weight: Tensor) -> Tensor {
        if packedIsPlain && [.f32, .bf16].contains(weight.type) && !isQuantised { return weight }
        let packed = weight.packed(as: .direct, for: self, byteCount: packedSize) {
            pack(weight, into: $0)
        }
        return Tensor(storage: packed, shape: [packedSize], type: .u8)
    }

    private func pack(_ weight: Tensor, into packed: Storage) {
        let plain = isQuantised ? quantisedRows(weight) : weight.cast(to: weight.packableType)
        withExtendedLifetime(plain) { pack(plain.pointer, into: packed.pointer) }
    }

    /// Brings a plain matrix, as the primitive's description has it, into the order it reads.
    func pack(_ plain: UnsafeRawPointer, into packed: UnsafeMutableRawPointer) {
        let status = odn_pack(handle, plain, packed)
        precondition(status == 0, String(cString: odn_last_error()))
    }

    /// Whether a weight packed for the other primitive can be used by this one.
    func hasPacking(of other: Primitive) -> Bool {
        packedSize == other.packedSize && odn_same_packing(handle, other.handle)
    }

    /// Memory for one packed weight at a time, which streamed weights share.
    fileprivate static func stage(_ byteCount: Int) -> Storage {
        if streaming.byteCount < byteCount { streaming = Storage(byteCount: byteCount) }
        return streaming
    }

    nonisolated(unsafe) private static var streaming = Storage(byteCount: 1)

    /// Tells the order of packed weights from others, in other processes too; 0 where it cannot.
    var packingHash: UInt64 { odn_packing_hash(handle) }

    /// A gradient of weights, run into packed storage and brought to plain order.
    func unpacked(shape: Shape, run: (UnsafeMutableRawPointer) -> Void) -> Tensor {
        let plain = Tensor(uninitialized: shape)
        if packedIsPlain {
            run(plain.pointer)
        } else {
            let packed = Storage(byteCount: packedSize)
            run(packed.pointer)
            let status = odn_unpack(handle, packed.pointer, plain.pointer)
            precondition(status == 0, String(cString: odn_last_error()))
        }
        return plain
    }
}

extension Tensor {
    /// This weight in the order a primitive reads, or in our own: what is kept with its storage or,
    /// streamed or used once, made anew on the stage.
    func packed(
        as form: Storage.PackedForm, for primitive: Primitive? = nil, byteCount: Int,
        pack: (Storage) -> Void
    ) -> Storage {
        if let found = storage.fromShelf(
            for: primitive, form: form, offset: offset, byteCount: byteCount, rows: shape[0])
        {
            return found
        }
        if PackedWeights.areUsedOnce,
            let kept = storage.kept(for: primitive, form: form, offset: offset)
        {
            return kept
        }
        func observed(_ packed: Storage) {
            guard let observer = Engine.currentObserver else { return pack(packed) }
            let start = ContinuousClock.now
            Engine.unobserved { pack(packed) }
            observer.packed(self, byteCount: byteCount, since: start)
        }
        let isPassing = storage.isStreamed || PackedWeights.areUsedOnce
        guard isPassing, storage.shelved?.shelf.collects != true else {
            return storage.packed(
                for: primitive, form: form, offset: offset, byteCount: byteCount, pack: observed)
        }
        let stage = Primitive.stage(byteCount)
        observed(stage)
        return stage
    }
}

enum ConvolutionKind: Hashable { case forward, backwardData, backwardWeights }

extension ElementType {
    var oneDNN: odn_type {
        switch self {
        case .f32: ODN_F32
        case .bf16: ODN_BF16
        case .i8: ODN_S8
        default: preconditionFailure("oneDNN computes in f32, bf16 or i8 here, not \(self)")
        }
    }
}

/// The sizes of a convolution as oneDNN wants them.
struct ConvolutionSizes: Hashable {
    var batch: Int, inHeight: Int, inWidth: Int, inChannels: Int
    var outHeight: Int, outWidth: Int, outChannels: Int
    var kernelHeight: Int, kernelWidth: Int
    var geometry: Operation.Convolution
    var type: ElementType, plainType: ElementType
    var bias: Bool
    /// `type` if nil.
    var outType: ElementType?

    var description: odn_convolution {
        odn_convolution(
            batch: Int64(batch), in_height: Int64(inHeight), in_width: Int64(inWidth),
            in_channels: Int64(inChannels), out_height: Int64(outHeight),
            out_width: Int64(outWidth),
            out_channels: Int64(outChannels), kernel_height: Int64(kernelHeight),
            kernel_width: Int64(kernelWidth), stride: Int64(geometry.stride),
            pad_top: Int64(geometry.top), pad_left: Int64(geometry.left),
            pad_bottom: Int64(geometry.bottom), pad_right: Int64(geometry.right),
            type: type.oneDNN, out_type: (outType ?? type).oneDNN, plain_type: plainType.oneDNN,
            bias: bias)
    }
}

/// The sizes of a matrix product as oneDNN wants them.
struct ProductSizes: Hashable {
    var batch = 1
    var m: Int, n: Int, k: Int
    var transposeA = false, transposeB = false, packB = false, bias = false
    var aType: ElementType, bType: ElementType, outType: ElementType
    var plainType: ElementType = .f32

    var description: odn_product {
        odn_product(
            batch: Int64(batch), m: Int64(m), n: Int64(n), k: Int64(k), transpose_a: transposeA,
            transpose_b: transposeB, pack_b: packB, bias: bias, a_type: aType.oneDNN,
            b_type: bType.oneDNN, out_type: outType.oneDNN, plain_type: plainType.oneDNN)
    }
}
