import COneDNN

/// A oneDNN primitive for one set of shapes, made once and kept.
final class Primitive {
    /// What tells primitives apart.
    enum Key: Hashable {
        case convolution(ConvolutionKind, ConvolutionSizes)
        case product(ProductSizes)
    }

    private let handle: OpaquePointer
    let packedSize: Int
    let packedIsPlain: Bool
    private let scratchSize: Int

    private init(_ handle: OpaquePointer) {
        self.handle = handle
        packedSize = odn_packed_size(handle)
        packedIsPlain = odn_packed_is_plain(handle)
        scratchSize = odn_scratch_size(handle)
    }

    deinit { odn_destroy(handle) }

    nonisolated(unsafe) private static var cache: [Key: Primitive] = [:]

    /// The primitive for a key. Only the engine's thread may ask, since primitives are not reentrant.
    static func cached(_ key: Key) -> Primitive {
        precondition(
            Engine.isCurrent,
            "tensor work belongs on the engine's thread: wrap it in Engine.run { }")
        if let found = cache[key] { return found }
        guard let handle = create(key) else {
            fatalError("\(String(cString: odn_last_error())): \(key)")
        }
        let primitive = Primitive(handle)
        cache[key] = primitive
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

    /// The weight in the order this primitive reads, packed on first use and kept with the weight's storage.
    func packed(_ weight: Tensor) -> UnsafeRawPointer {
        if packedIsPlain && weight.type != .f16 { return UnsafeRawPointer(weight.pointer) }
        let key = PackingKey(primitive: ObjectIdentifier(self), offset: weight.offset)
        let storage = weight.storage.packed(key, byteCount: packedSize) { packed in
            let plain = weight.cast(to: weight.packableType)
            let status = withExtendedLifetime(plain) {
                odn_pack(handle, plain.pointer, packed.pointer)
            }
            precondition(status == 0, String(cString: odn_last_error()))
        }
        return UnsafeRawPointer(storage.pointer)
    }

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

enum ConvolutionKind: Hashable { case forward, backwardData, backwardWeights }

extension ElementType {
    var oneDNN: odn_type {
        switch self {
        case .f32: ODN_F32
        case .bf16: ODN_BF16
        default: preconditionFailure("oneDNN computes in f32 or bf16 here, not \(self)")
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

    var description: odn_convolution {
        odn_convolution(
            batch: Int64(batch), in_height: Int64(inHeight), in_width: Int64(inWidth),
            in_channels: Int64(inChannels), out_height: Int64(outHeight),
            out_width: Int64(outWidth),
            out_channels: Int64(outChannels), kernel_height: Int64(kernelHeight),
            kernel_width: Int64(kernelWidth), stride: Int64(geometry.stride),
            pad_top: Int64(geometry.top), pad_left: Int64(geometry.left),
            pad_bottom: Int64(geometry.bottom), pad_right: Int64(geometry.right),
            type: type.oneDNN, plain_type: plainType.oneDNN, bias: bias)
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
