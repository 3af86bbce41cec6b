import PinxitKernels

/// The type of a tensor's elements.
///
/// Activations and weights are `f32`, `bf16` or `f16` (storage of checkpoints); ids are `i32`. `i8`
/// and `u8` are storage only.
public enum ElementType: UInt8, Sendable, Hashable, CaseIterable {
    case f32, bf16, f16, i32, i64, i8, u8

    /// Bytes of one element.
    public var size: Int {
        switch self {
        case .f32, .i32: 4
        case .bf16, .f16: 2
        case .i64: 8
        case .i8, .u8: 1
        }
    }

    /// Whether it is one that layers compute in and gradients exist for.
    public var isFloatingPoint: Bool { self == .f32 || self == .bf16 || self == .f16 }

    /// What networks compute in unless told otherwise: bf16, which takes half the memory,
    /// multiplied as such where that is fast and in f32 arithmetic elsewhere (see ``Widening``);
    /// f32 without vectors of AVX2, where widening would cost.
    public static let compute: ElementType =
        String(cString: px_kernels_name()) == "portable" ? .f32 : .bf16

    /// The kernels' name for it; traps for integers, which no kernel computes with.
    var kernel: px_type {
        switch self {
        case .f32: PX_F32
        case .bf16: PX_BF16
        case .f16: PX_F16
        default: preconditionFailure("no kernel computes with \(self)")
        }
    }

    /// The same for what our own products multiply, which 8-bit levels may be too.
    var factor: px_type { self == .i8 ? PX_S8 : kernel }
}
