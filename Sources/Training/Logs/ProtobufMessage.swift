/// A protocol buffer message being written, field by field.
///
/// Encoding: https://protobuf.dev/programming-guides/encoding
struct ProtobufMessage {
    private(set) var bytes: [UInt8] = []

    private enum WireType: UInt64 {
        case varint = 0
        case eightBytes = 1
        case lengthDelimited = 2
        case fourBytes = 5
    }

    mutating func add(_ field: UInt64, _ value: Int) {
        key(field, .varint)
        varint(UInt64(bitPattern: Int64(value)))
    }

    mutating func add(_ field: UInt64, _ value: Double) {
        key(field, .eightBytes)
        bytes += littleEndianBytes(value.bitPattern)
    }

    mutating func add(_ field: UInt64, _ value: Float) {
        key(field, .fourBytes)
        bytes += littleEndianBytes(value.bitPattern)
    }

    mutating func add(_ field: UInt64, _ value: [UInt8]) {
        key(field, .lengthDelimited)
        varint(UInt64(value.count))
        bytes += value
    }

    mutating func add(_ field: UInt64, _ value: String) { add(field, Array(value.utf8)) }

    /// A message within the message.
    mutating func add(_ field: UInt64, _ fill: (inout ProtobufMessage) -> Void) {
        var message = ProtobufMessage()
        fill(&message)
        add(field, message.bytes)
    }

    private mutating func key(_ field: UInt64, _ type: WireType) {
        varint(field << 3 | type.rawValue)
    }

    private mutating func varint(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

func littleEndianBytes(_ value: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: value.littleEndian) { Array($0) }
}
