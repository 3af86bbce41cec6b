/// Reads back what ``EventFileWriter`` writes: enough of the format to check it.
struct EventFileReader {
    struct Broken: Error {}

    /// A field of a message: its number and its contents.
    enum Field: Equatable {
        case varint(UInt64)
        case fixed([UInt8])
        case bytes([UInt8])
    }

    /// The events of the complete records; an incomplete last record is left out.
    static func events(_ file: [UInt8], checksum: ([UInt8]) -> UInt32) throws -> [[UInt8]] {
        var events: [[UInt8]] = []
        var rest = file[...]
        while rest.count >= 12 {
            let length = Array(rest.prefix(8))
            let count = Int(number(length))
            guard number(rest.dropFirst(8).prefix(4)) == UInt64(checksum(length)) else {
                throw Broken()
            }
            guard rest.count >= 16 + count else { break }
            let event = Array(rest.dropFirst(12).prefix(count))
            guard number(rest.dropFirst(12 + count).prefix(4)) == UInt64(checksum(event)) else {
                throw Broken()
            }
            events.append(event)
            rest = rest.dropFirst(16 + count)
        }
        return events
    }

    static func fields(_ message: [UInt8]) throws -> [(number: Int, field: Field)] {
        var fields: [(number: Int, field: Field)] = []
        var rest = message[...]
        while !rest.isEmpty {
            let key = try varint(&rest)
            let field: Field
            switch key & 7 {
            case 0: field = .varint(try varint(&rest))
            case 1: field = .fixed(try take(8, &rest))
            case 2: field = .bytes(try take(Int(try varint(&rest)), &rest))
            case 5: field = .fixed(try take(4, &rest))
            default: throw Broken()
            }
            fields.append((Int(key >> 3), field))
        }
        return fields
    }

    /// The first message or string at a path of field numbers.
    static func bytes(_ message: [UInt8], _ path: Int...) throws -> [UInt8] {
        try path.reduce(message) { message, number in
            guard
                case .bytes(let bytes) = try fields(message).first(where: { $0.number == number })?
                    .field
            else { throw Broken() }
            return bytes
        }
    }

    static func number(_ bytes: some Collection<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func varint(_ rest: inout ArraySlice<UInt8>) throws -> UInt64 {
        var (value, shift) = (UInt64(0), UInt64(0))
        while let byte = rest.popFirst() {
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw Broken()
    }

    private static func take(_ count: Int, _ rest: inout ArraySlice<UInt8>) throws -> [UInt8] {
        guard count <= rest.count else { throw Broken() }
        defer { rest = rest.dropFirst(count) }
        return Array(rest.prefix(count))
    }
}
