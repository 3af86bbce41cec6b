import PinxitKernels
import Testing

/// Instruction paths that this processor can run.
let paths: [String] = ["avx512", "avx512f", "avx2", "portable"].filter {
    defer { px_kernels_select(nil) }
    return px_kernels_select($0)
}

/// An element type and what its results may be off by, relative to the largest element.
struct Precision: CustomTestStringConvertible, Sendable {
    let type: px_type
    let tolerance: Double
    let testDescription: String

    static let f32 = Precision(type: PX_F32, tolerance: 2e-5, testDescription: "f32")
    static let bf16 = Precision(type: PX_BF16, tolerance: 0x1p-8, testDescription: "bf16")
    static let f16 = Precision(type: PX_F16, tolerance: 0x1p-10, testDescription: "f16")

    /// Bound on sums kept in f32 but made from elements of this type.
    var sumTolerance: Double { type == PX_F32 ? 2e-5 : 2e-4 }
    var isF32: Bool { type == PX_F32 }
}

let precisions: [Precision] = [.f32, .bf16, .f16]

extension px_type {
    /// Bytes of one element.
    var size: Int { self == PX_F32 ? 4 : self == PX_S8 ? 1 : 2 }
}

/// Raw elements of one type, as kernels see them.
final class Buffer {
    let type: px_type
    let count: Int
    let raw: UnsafeMutableRawPointer

    init(_ type: px_type, count: Int) {
        self.type = type
        self.count = count
        raw = .allocate(byteCount: max(count, 1) * type.size, alignment: 64)
        // What a kernel forgets to write shows.
        raw.initializeMemory(as: UInt8.self, repeating: 0xFF, count: count * type.size)
    }

    /// The values rounded to the type.
    convenience init(_ type: px_type, _ values: [Double]) {
        self.init(type, count: values.count)
        let floats = values.map(Float.init)
        px_convert(floats, PX_F32, raw, type, floats.count)
    }

    // Never freed: an optimised build ends a buffer's life at its last mention, while a kernel
    // still reads `raw`.

    var doubles: [Double] {
        var floats = [Float](repeating: 0, count: count)
        px_convert(raw, type, &floats, PX_F32, count)
        return floats.map(Double.init)
    }

    var floats: UnsafeMutablePointer<Float> { raw.assumingMemoryBound(to: Float.self) }
}

/// SplitMix64, normally distributed by the sum of twelve uniforms.
struct Noise {
    var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func uniform() -> Double {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Double((z ^ (z >> 31)) >> 11) * 0x1p-53
    }

    mutating func normal(_ count: Int, mean: Double = 0, scale: Double = 1) -> [Double] {
        (0..<count).map { _ in
            mean + scale * ((0..<12).reduce(0.0) { sum, _ in sum + uniform() } - 6)
        }
    }
}

/// Every element within `tolerance` of the largest magnitude expected.
func expectClose(
    _ actual: [Double], _ expected: [Double], _ tolerance: Double, _ what: String,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.count == expected.count, sourceLocation: sourceLocation)
    let scale = max(expected.map(abs).max() ?? 0, 1e-6)
    var worst = 0.0
    var place = 0
    for (i, (a, e)) in zip(actual, expected).enumerated() {
        let error = a.isNaN != e.isNaN ? Double.infinity : abs(a - e) / scale
        if error > worst { (worst, place) = (error, i) }
    }
    #expect(
        worst <= tolerance,
        "\(what) on \(String(cString: px_kernels_name())): error \(worst) at \(place) of \(actual.count)",
        sourceLocation: sourceLocation)
}

/// Runs `body` on every instruction path, and where there are dot products of bf16 with and without
/// them.
func onEveryPath(_ body: () throws -> Void) rethrows {
    defer {
        px_kernels_select(nil)
        px_bf16_dots_select(-1)
    }
    for path in paths {
        #expect(px_kernels_select(path))
        for dots: Int32 in path == "avx512" ? [1, 0] : [0] {
            px_bf16_dots_select(dots)
            try body()
        }
    }
}

/// All tests here run one after another: each uses the whole processor, on every instruction path.
@Suite(.serialized) enum EveryKernel {}
