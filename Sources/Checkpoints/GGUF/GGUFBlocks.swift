import PinxitFiles
import PinxitTensors

extension GGUFFile.Entry {
    /// The tensor: mapped where the elements lie as tensors have them, else decoded to f16.
    func tensor() -> Tensor {
        if let element = type.element {
            return StoredTensor(
                type: SafetensorsType(element), shape: shape, name: "", file: file,
                start: bytes.lowerBound
            ).direct(element)
        }
        let (elements, size) = type.block
        let (type, file, start) = (type, file, bytes.lowerBound)
        return decodedTensor(shape: shape, unit: elements) { range, floats in
            file.withBytes { bytes in
                let first = start + range.lowerBound / elements * size
                let blocks = UnsafeRawBufferPointer(rebasing: bytes[first...])
                for index in 0..<range.count / elements {
                    type.decode(
                        UnsafeRawBufferPointer(
                            rebasing: blocks[index * size..<(index + 1) * size]),
                        floats + index * elements)
                }
            }
        }
    }
}

/// The numbers of a block are computed in f32, in the order of ggml's own decoders.
extension GGUFType {
    /// - Precondition: it is a type of blocks, and `block` has as many bytes as it says.
    func decode(_ block: UnsafeRawBufferPointer, _ out: UnsafeMutablePointer<Float>) {
        switch self {
        case .q80:
            let d = block.half(0)
            for i in 0..<32 { out[i] = d * Float(Int8(bitPattern: block[2 + i])) }
        case .q40: Self.decodeNibbles(block, nibbles: 2, out) { $0 * Float($1 - 8) }
        case .q41:
            let m = block.half(2)
            Self.decodeNibbles(block, nibbles: 4, out) { $0 * Float($1) + m }
        case .q50:
            Self.decodeNibbles(block, nibbles: 6, fifths: 2, out) { $0 * Float($1 - 16) }
        case .q51:
            let m = block.half(2)
            Self.decodeNibbles(block, nibbles: 8, fifths: 4, out) { $0 * Float($1) + m }
        case .q2K: Self.decodeQ2K(block, out)
        case .q3K: Self.decodeQ3K(block, out)
        case .q4K: Self.decodeQ45K(block, nibbles: 16, out)
        case .q5K: Self.decodeQ45K(block, nibbles: 48, out)
        case .q6K: Self.decodeQ6K(block, out)
        default: preconditionFailure("\(name) has no blocks")
        }
    }

    /// 32 numbers: element j is the low half of byte j, j + 16 the high one.
    @inline(__always)
    private static func decodeNibbles(
        _ block: UnsafeRawBufferPointer, nibbles: Int, fifths: Int? = nil,
        _ out: UnsafeMutablePointer<Float>, _ value: (Float, Int32) -> Float
    ) {
        let d = block.half(0)
        let high = fifths.map { block.loadUnaligned(fromByteOffset: $0, as: UInt32.self) } ?? 0
        for j in 0..<16 {
            let byte = Int32(block[nibbles + j])
            let low = Int32(high >> UInt32(j) & 1) << 4
            let upper = Int32(high >> UInt32(j + 16) & 1) << 4
            out[j] = value(d, byte & 15 | low)
            out[j + 16] = value(d, byte >> 4 | upper)
        }
    }

    private static func decodeQ2K(
        _ block: UnsafeRawBufferPointer, _ out: UnsafeMutablePointer<Float>
    ) {
        let (d, dmin) = (block.half(80), block.half(82))
        for group in 0..<16 {
            let (half, shift) = (group / 8, UInt8(group % 8 / 2 * 2))
            let scale = d * Float(block[group] & 15)
            let minimum = dmin * Float(block[group] >> 4)
            let bytes = 16 + half * 32 + group % 2 * 16
            for i in 0..<16 {
                out[group * 16 + i] = scale * Float(block[bytes + i] >> shift & 3) - minimum
            }
        }
    }

    private static func decodeQ3K(
        _ block: UnsafeRawBufferPointer, _ out: UnsafeMutablePointer<Float>
    ) {
        let d = block.half(108)
        for group in 0..<16 {
            // Four low bits in the first eight bytes, two high ones in the four behind them.
            let low = block[96 + group % 8] >> (group < 8 ? 0 : 4) & 15
            let high = block[104 + group % 4] >> UInt8(group / 4 * 2) & 3
            let scale = d * Float(Int32(low | high << 4) - 32)
            let (half, shift) = (group / 8, UInt8(group % 8 / 2 * 2))
            let mask = UInt8(1) << UInt8(half * 4 + group % 8 / 2)
            for i in 0..<16 {
                let column = group % 2 * 16 + i
                let bits = Int32(block[32 + half * 32 + column] >> shift & 3)
                out[group * 16 + i] = scale * Float(bits - (block[column] & mask == 0 ? 4 : 0))
            }
        }
    }

    /// Eight groups of 32; Q5_K has their fifth bits in 32 bytes before the nibbles.
    private static func decodeQ45K(
        _ block: UnsafeRawBufferPointer, nibbles: Int, _ out: UnsafeMutablePointer<Float>
    ) {
        let (d, dmin) = (block.half(0), block.half(2))
        for group in 0..<8 {
            let s = { Int32(block[4 + $0]) }
            let (sc, mn) =
                group < 4
                ? (s(group) & 63, s(group + 4) & 63)
                : (
                    s(group + 4) & 15 | (s(group - 4) >> 6) << 4,
                    s(group + 4) >> 4 | (s(group) >> 6) << 4
                )
            let (scale, minimum) = (d * Float(sc), dmin * Float(mn))
            let (bytes, shift) = (nibbles + group / 2 * 32, UInt8(group % 2 * 4))
            for i in 0..<32 {
                var q = Int32(block[bytes + i] >> shift & 15)
                if nibbles == 48 { q |= Int32(block[16 + i] >> UInt8(group) & 1) << 4 }
                out[group * 32 + i] = scale * Float(q) - minimum
            }
        }
    }

    private static func decodeQ6K(
        _ block: UnsafeRawBufferPointer, _ out: UnsafeMutablePointer<Float>
    ) {
        let d = block.half(208)
        for group in 0..<16 {
            let scale = d * Float(Int8(bitPattern: block[192 + group]))
            let (half, quarter) = (group / 8, group % 8 / 2)
            let column = group % 2 * 16
            let low = half * 64 + quarter % 2 * 32 + column
            let (lowShift, highShift) = (UInt8(quarter / 2 * 4), UInt8(quarter * 2))
            for i in 0..<16 {
                let bits = Int32(block[low + i] >> lowShift & 15)
                let high = Int32(block[128 + half * 32 + column + i] >> highShift & 3)
                out[group * 16 + i] = scale * Float((bits | high << 4) - 32)
            }
        }
    }
}

extension UnsafeRawBufferPointer {
    /// The f16 at an offset.
    fileprivate func half(_ offset: Int) -> Float {
        Float(halfBits: loadUnaligned(fromByteOffset: offset, as: UInt16.self))
    }
}
