/// Little-endian numbers from bytes that nobody vouches for, one after the other: past the end is
/// nil. Nothing is read twice, since another process may change the file meanwhile.
struct ByteCursor {
    let bytes: UnsafeRawBufferPointer
    private(set) var position: Int

    /// - Precondition: the position lies in the bytes or at their end.
    init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
        precondition((0...bytes.count).contains(position), "\(position) of \(bytes.count) bytes")
        self.bytes = bytes
        self.position = position
    }

    var remaining: Int { bytes.count - position }

    mutating func integer<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Value?
    {
        guard remaining >= MemoryLayout<Value>.size else { return nil }
        defer { position += MemoryLayout<Value>.size }
        return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type))
    }

    /// An unsigned number that a length may be: nil where `Int` does not hold it, too.
    mutating func length<Value: FixedWidthInteger & BitwiseCopyable>(_ type: Value.Type) -> Int? {
        integer(type).flatMap { Int(exactly: $0) }
    }

    /// The next bytes, in place.
    mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
        guard count >= 0, count <= remaining else { return nil }
        defer { position += count }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<position + count])
    }

    /// The bytes before the next line feed, which is passed; nil if there is none among `limit`.
    mutating func line(limit: Int = 1024) -> UnsafeRawBufferPointer? {
        let ahead = bytes[position...].prefix(limit)
        guard let end = ahead.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        defer { position = end + 1 }
        return UnsafeRawBufferPointer(rebasing: bytes[position..<end])
    }
}
