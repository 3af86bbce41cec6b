import Dispatch
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
            if roundToHalf(start, bits + range.lowerBound, range.count) {
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

/// Rounds to the nearest f16, half-way to even; whether a finite number became infinite.
private func roundToHalf(
    _ source: UnsafePointer<Float>, _ target: UnsafeMutablePointer<UInt16>, _ count: Int
) -> Bool {
    var largest: UInt32 = 0
    for index in 0..<count {
        target[index] = source[index].halfBits
        let magnitude = source[index].bitPattern & 0x7FFF_FFFF
        largest = max(largest, magnitude < 0x7F80_0000 ? magnitude : 0)
    }
    return Float(bitPattern: largest) >= 65520
}

extension Float {
    /// The bits of the nearest f16, half-way to even.
    @inline(__always)
    var halfBits: UInt16 {
        let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
        let magnitude = bitPattern & 0x7FFF_FFFF
        // Below the least normal f16, adding 1/2 leaves the wanted bits lowest, rounded.
        let small = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
        let normal = (magnitude &- (112 << 23) &+ 0xFFF &+ (magnitude >> 13 & 1)) >> 13
        let special: UInt32 = magnitude > 0x7F80_0000 ? 0x7E00 : 0x7C00
        let finite = magnitude < 0x3880_0000 ? small : normal
        return sign | UInt16(truncatingIfNeeded: magnitude >= 0x4780_0000 ? special : finite)
    }

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
