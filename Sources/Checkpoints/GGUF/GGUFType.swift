import PinxitTensors

/// The types of ggml's tensors that are read.
enum GGUFType: UInt32, Sendable, CaseIterable {
    case f32 = 0
    case f16 = 1
    case q40 = 2
    case q41 = 3
    case q50 = 6
    case q51 = 7
    case q80 = 8
    case q2K = 10
    case q3K = 11
    case q4K = 12
    case q5K = 13
    case q6K = 14
    case i8 = 24
    case i32 = 26
    case i64 = 27
    case bf16 = 30

    /// As ggml writes it, such as `Q4_K`.
    var name: String {
        let name = "\(self)".uppercased()
        return name.hasPrefix("Q") ? "\(name.prefix(2))_\(name.dropFirst(2))" : name
    }

    /// The type of a tensor that has these elements as they are; nil for blocks.
    var element: ElementType? {
        switch self {
        case .f32: .f32
        case .f16: .f16
        case .bf16: .bf16
        case .i8: .i8
        case .i32: .i32
        case .i64: .i64
        default: nil
        }
    }

    /// Elements of a block, which rows are multiples of, and its bytes.
    var block: (elements: Int, bytes: Int) {
        switch self {
        case .f32, .f16, .bf16, .i8, .i32, .i64: (1, element?.size ?? 1)
        case .q40: (32, 18)
        case .q41: (32, 20)
        case .q50: (32, 22)
        case .q51: (32, 24)
        case .q80: (32, 34)
        case .q2K: (256, 84)
        case .q3K: (256, 110)
        case .q4K: (256, 144)
        case .q5K: (256, 176)
        case .q6K: (256, 210)
        }
    }

    /// What ggml calls a number that is none of these, for messages.
    static func name(_ number: UInt32) -> String {
        let others: [UInt32: String] = [
            9: "Q8_1", 15: "Q8_K", 16: "IQ2_XXS", 17: "IQ2_XS", 18: "IQ3_XXS", 19: "IQ1_S",
            20: "IQ4_NL", 21: "IQ3_S", 22: "IQ2_S", 23: "IQ4_XS", 25: "I16", 28: "F64",
            29: "IQ1_M", 34: "TQ1_0", 35: "TQ2_0", 39: "MXFP4", 40: "NVFP4", 41: "Q1_0",
            42: "Q2_0",
        ]
        return GGUFType(rawValue: number)?.name ?? others[number] ?? "number \(number)"
    }
}
