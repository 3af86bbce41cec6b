import PinxitTensors

/// The type networks compute in.
public enum Precision: String, Sendable, Codable, CaseIterable {
    case f32, bf16
    /// 8-bit products in the U-Net, everything else in the usual type: fastest, and not quite the
    /// same picture.
    case int8

    /// bf16; f32 on processors without AVX2.
    public static var usual: Precision { ElementType.compute == .bf16 ? .bf16 : .f32 }

    /// The names to list in help and errors.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// What activations are kept in.
    package var type: ElementType {
        switch self {
        case .f32: .f32
        case .bf16: .bf16
        case .int8: .compute
        }
    }
}
