import Dispatch
import PinxitKernels
import PinxitTensors
import Synchronization

/// Decodes elements of a range to f32 at the pointer, which is that of the range's first.
typealias DecodeRange = @Sendable (Range<Int>, UnsafeMutablePointer<Float>) -> Void

/// A tensor of packed numbers, decoded to f16, on all cores and any thread.
///
/// f16 rather than bf16: the numbers have a dozen significant bits, of which bf16 keeps eight and
/// f16 eleven, in as much memory, and weights are far from where f16 ends. Where one is not, the
/// whole tensor is f32.
///
/// - Parameter unit: Elements that are decoded together; ranges begin and end at multiples of it.
func decodedTensor(shape: [Int], unit: Int, decode: DecodeRange) -> Tensor {
    let half = Tensor(uninitialized: Shape(shape), type: .f16)
    nonisolated(unsafe) let bits = half.pointer.assumingMemoryBound(to: UInt16.self)
    let overflows = Atomic(false)
    decodePieces(half.count, unit) { range in
        withUnsafeTemporaryAllocation(of: Float.self, capacity: range.count) { floats in
            guard let start = floats.baseAddress else { return }
            decode(range, start)
            if px_round_to_f16(start, bits + range.lowerBound, range.count) {
                overflows.store(true, ordering: .relaxed)
            }
        }
    }
    guard overflows.load(ordering: .relaxed) else { return half }
    let single = Tensor(uninitialized: Shape(shape))
    nonisolated(unsafe) let floats = single.pointer.assumingMemoryBound(to: Float.self)
    decodePieces(single.count, unit) { decode($0, floats + $0.lowerBound) }
    return single
}

/// Calls `body` for pieces of a range that the cache holds, on all cores.
private func decodePieces(_ count: Int, _ unit: Int, _ body: @Sendable (Range<Int>) -> Void) {
    let piece = (1 << 16) / unit * unit
    DispatchQueue.concurrentPerform(iterations: (count + piece - 1) / piece) { index in
        body(index * piece..<min((index + 1) * piece, count))
    }
}

extension Float {
    /// The value of an f16's bits.
    init(halfBits bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let (exponent, fraction) = (UInt32(bits >> 10 & 31), UInt32(bits & 0x3FF))
        switch exponent {
        case 31: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
