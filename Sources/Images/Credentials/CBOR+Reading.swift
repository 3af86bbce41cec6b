extension CBOR {
    /// Reads what a program wrote; nil for what is damaged, nested deeper than 32 levels, or has
    /// parts without a length.
    init?(parsing bytes: some Sequence<UInt8>) {
        var reader = Reader(rest: Array(bytes)[...])
        guard let value = reader.value(depth: 0), reader.rest.isEmpty else { return nil }
        self = value
    }

    private struct Reader {
        static let mostLevels = 32

        var rest: ArraySlice<UInt8>

        mutating func take(_ count: UInt64) -> ArraySlice<UInt8>? {
            guard count <= UInt64(rest.count) else { return nil }
            defer { rest = rest.dropFirst(Int(count)) }
            return rest.prefix(Int(count))
        }

        mutating func head() -> (kind: UInt8, value: UInt64)? {
            guard let first = rest.popFirst() else { return nil }
            let (kind, mark) = (first >> 5, first & 31)
            switch mark {
            case ..<24: return (kind, UInt64(mark))
            case 24...27: return take(1 << UInt64(mark - 24)).map { (kind, BigEndian.number($0)) }
            default: return nil
            }
        }

        mutating func value(depth: Int) -> CBOR? {
            guard depth < Self.mostLevels, let (kind, value) = head() else { return nil }
            switch kind {
            case 0: return .unsigned(value)
            case 1: return .negative(value)
            case 2: return take(value).map { .bytes(Array($0)) }
            case 3: return take(value).map { .text(String(decoding: $0, as: UTF8.self)) }
            case 4: return values(value, depth).map { .array($0) }
            case 5:
                guard value <= UInt64(rest.count), let all = values(value * 2, depth) else {
                    return nil
                }
                return .map(
                    stride(from: 0, to: all.count, by: 2).map {
                        Member(key: all[$0], value: all[$0 + 1])
                    })
            case 6: return self.value(depth: depth + 1).map { .tagged(value, $0) }
            default: return .other(value)
            }
        }

        /// Each takes a byte at least, so that no count is believed.
        private mutating func values(_ count: UInt64, _ depth: Int) -> [CBOR]? {
            guard count <= UInt64(rest.count) else { return nil }
            var values: [CBOR] = []
            for _ in 0..<count {
                guard let value = value(depth: depth + 1) else { return nil }
                values.append(value)
            }
            return values
        }
    }
}
