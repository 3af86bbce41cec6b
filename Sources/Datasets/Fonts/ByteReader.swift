/// Big-endian numbers from bytes that nobody vouches for: past the end is nil, never a trap.
struct ByteReader {
    let bytes: [UInt8]

    func u16(_ offset: Int) -> Int? {
        guard offset >= 0, offset <= bytes.count - 2 else { return nil }
        return Int(bytes[offset]) << 8 | Int(bytes[offset + 1])
    }

    func u32(_ offset: Int) -> Int? {
        guard let high = u16(offset), let low = u16(offset + 2) else { return nil }
        return high << 16 | low
    }

    /// `count` consecutive 16-bit numbers.
    func u16s(_ offset: Int, count: Int) -> [Int]? {
        guard offset >= 0, count >= 0, offset <= bytes.count, count * 2 <= bytes.count - offset
        else { return nil }
        return (0..<count).map {
            Int(bytes[offset + 2 * $0]) << 8 | Int(bytes[offset + 2 * $0 + 1])
        }
    }
}
