/// The characters of Windows-1252 that stand where Latin-1 has controls.
enum Windows1252 {
    private static let characters: [Unicode.Scalar?] = [
        "€", nil, "‚", "ƒ", "„", "…", "†", "‡", "ˆ", "‰", "Š", "‹", "Œ", nil, "Ž", nil,
        nil, "‘", "’", "“", "”", "•", "–", "—", "˜", "™", "š", "›", "œ", nil, "ž", "Ÿ",
    ]

    private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: characters.enumerated().compactMap { index, scalar in
            scalar.map { ($0, UInt8(0x80 + index)) }
        })

    /// The character of a C1 control's code.
    static func scalar(_ code: UInt32) -> Unicode.Scalar? {
        (0x80..<0xA0).contains(code) ? characters[Int(code) - 0x80] : nil
    }

    /// The byte that somebody read as this character.
    static func byte(_ scalar: Unicode.Scalar) -> UInt8? {
        scalar.value < 0x100 ? UInt8(scalar.value) : bytes[scalar]
    }
}

/// Repairs UTF-8 that was read as Latin-1 or Windows-1252: `schÃ¶n` is `schön`.
///
/// Source: what ftfy's `fix_encoding` does for these two, which are nearly all there is in
/// captions; by rules of our own, since ftfy's are a long list of unlikely pairs of characters.
enum Mojibake {
    static func repaired(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains(where: { $0.value >= 0xC2 }) else { return text }
        return text.replacing { text in
            let (scalars, length) = run(text)
            return length > 0 ? (scalars, length) : nil
        }
    }

    /// The characters whose bytes the text begins with, if these are likelier than the text itself:
    /// several of them in a row are, and one that tells.
    private static func run(
        _ text: ArraySlice<Unicode.Scalar>
    ) -> (scalars: [Unicode.Scalar], length: Int) {
        var (scalars, length, isTelling): ([Unicode.Scalar], Int, Bool) = ([], 0, false)
        while let found = character(text.dropFirst(length)) {
            scalars.append(found.scalar)
            length += found.length
            isTelling = isTelling || found.isTelling
        }
        return isTelling || scalars.count > 1 ? (scalars, length) : ([], 0)
    }

    /// The character whose bytes the text begins with.
    private static func character(
        _ text: ArraySlice<Unicode.Scalar>
    ) -> (scalar: Unicode.Scalar, length: Int, isTelling: Bool)? {
        guard let first = text.first.flatMap(Windows1252.byte) else { return nil }
        let length: Int
        switch first {
        case 0xC2...0xDF: length = 2
        case 0xE0...0xEF: length = 3
        case 0xF0...0xF4: length = 4
        default: return nil
        }
        let bytes = text.prefix(length).compactMap(Windows1252.byte)
        guard bytes.count == length, bytes.dropFirst().allSatisfy({ $0 & 0xC0 == 0x80 }),
            let scalar = String(validating: bytes, as: UTF8.self)?.unicodeScalars.first
        else { return nil }
        // Â and Ã before a sign, and anything before two of them, is nothing that people write.
        // Other letters before one sign may be: É» ends a French quotation.
        return (scalar, length, length > 2 || first <= 0xC3 || bytes[1] < 0xA0)
    }
}
