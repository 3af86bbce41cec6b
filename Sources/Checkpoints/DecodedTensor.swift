import Dispatch
import PinxitTensors

/// Decodes elements of a range to f32 at the pointer, which is that of the range's first.
typealias DecodeRange = @Sendable (Range<Int>, UnsafeMutablePointer<Float>) -> Void

/// An f32 tensor of numbers that a file has packed in few bits. They are decoded when they are
/// read, on all cores, and are not kept beside what is made of them: see ``Storage/dropPages()``.
///
/// f32, since 16 bits round most of them: a level times a scale has up to 18 significant bits.
///
/// - Parameters:
///   - source: The file's bytes.
///   - unit: Elements that are decoded together; ranges begin and end at multiples of it.
func decodedTensor(
    shape: [Int], from source: Storage, unit: Int, decode: @escaping DecodeRange
) -> Tensor {
    let shape = Shape(shape)
    let count = shape.count
    let storage = Storage(byteCount: max(count * 4, 1), decodedFrom: source) { memory in
        nonisolated(unsafe) let floats = memory.assumingMemoryBound(to: Float.self)
        decodePieces(count, unit) { decode($0, floats + $0.lowerBound) }
    }
    return Tensor(storage: storage, shape: shape, type: .f32)
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
