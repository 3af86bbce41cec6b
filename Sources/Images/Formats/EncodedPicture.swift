import FoundationEssentials

extension Data {
    /// The file in a data URL or in base64 alone, whose lines may be broken; nil for anything else.
    ///
    /// Bytes are looked at, not characters, and commas are not counted: texts are long and from
    /// outside.
    package init?(encodedPicture text: String) {
        var encoded = text.utf8[...]
        if text.hasPrefix("data:") {
            guard let comma = encoded.lastIndex(of: 0x2C) else { return nil }
            encoded = encoded[encoded.index(after: comma)...]
        }
        self.init(base64Encoded: Data(encoded.filter { !Self.isSpace($0) }))
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (9...13).contains(byte) }
}
