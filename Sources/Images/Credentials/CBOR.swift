/// A value of CBOR (RFC 8949), as far as Content Credentials have it.
indirect enum CBOR: Equatable, Sendable {
    case unsigned(UInt64)
    /// -1 minus the number.
    case negative(UInt64)
    case bytes([UInt8])
    case text(String)
    case array([CBOR])
    case map([Member])
    case tagged(UInt64, CBOR)
    /// False is 20, true 21, null 22; numbers with a point are read only, by their bits.
    case other(UInt64)

    struct Member: Equatable, Sendable {
        let key: CBOR
        let value: CBOR
    }

    static let null = CBOR.other(22)

    static func integer(_ value: Int) -> CBOR {
        value < 0 ? .negative(UInt64(-1 - value)) : .unsigned(UInt64(value))
    }

    /// A map with these texts as keys.
    static func object(_ members: KeyValuePairs<String, CBOR>) -> CBOR {
        .map(members.map { Member(key: .text($0), value: $1) })
    }

    // MARK: Writing

    /// The one way to write it (RFC 8949, 4.2.1): shortest heads, maps in the order of the bytes of
    /// their keys.
    var encoded: [UInt8] {
        switch self {
        case .unsigned(let value): Self.head(0, value)
        case .negative(let value): Self.head(1, value)
        case .bytes(let bytes): Self.head(2, UInt64(bytes.count)) + bytes
        case .text(let text): Self.head(3, UInt64(text.utf8.count)) + Array(text.utf8)
        case .array(let values): Self.head(4, UInt64(values.count)) + values.flatMap(\.encoded)
        case .map(let members):
            Self.head(5, UInt64(members.count))
                + members.map { (key: $0.key.encoded, value: $0.value.encoded) }
                .sorted { $0.key.lexicographicallyPrecedes($1.key) }
                .flatMap { $0.key + $0.value }
        case .tagged(let tag, let value): Self.head(6, tag) + value.encoded
        case .other(let value): Self.head(7, value)
        }
    }

    /// Three bits of kind, then the number in as few bytes as hold it.
    private static func head(_ kind: UInt8, _ value: UInt64) -> [UInt8] {
        let (mark, count): (UInt8, Int) =
            switch value {
            case ..<24: (UInt8(value), 0)
            case ..<0x100: (24, 1)
            case ..<0x1_0000: (25, 2)
            case ..<0x1_0000_0000: (26, 4)
            default: (27, 8)
            }
        return [kind << 5 | mark] + BigEndian.bytes(value, count)
    }

    // MARK: Looking into it

    /// The value that a map has under a text; nil for anything else.
    subscript(key: String) -> CBOR? {
        guard case .map(let members) = self else { return nil }
        return members.first { $0.key == .text(key) }?.value
    }

    var string: String? {
        if case .text(let text) = self { text } else { nil }
    }

    var elements: [CBOR] {
        if case .array(let values) = self { values } else { [] }
    }
}

/// Numbers whose highest byte comes first.
enum BigEndian {
    static func bytes(_ value: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * (count - 1 - $0))) }
    }

    static func number(_ bytes: some Sequence<UInt8>) -> UInt64 {
        bytes.reduce(0) { $0 << 8 | UInt64($1) }
    }
}
