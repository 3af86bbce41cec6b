/// The printable character that stands for each byte in `vocab.json` and `merges.txt`: printable
/// Latin-1 for itself, the rest from U+0100 on (`bytes_to_unicode` of OpenAI's GPT-2).
enum ByteAlphabet {
    /// The bytes in the order of their ids in CLIP's vocabulary: first the printable ones.
    static let order: [UInt8] = {
        let printable = (0...255).filter(isPrintable)
        return (printable + (0...255).filter { !isPrintable($0) }).map(UInt8.init)
    }()

    /// The character of each byte.
    static let characters: [Unicode.Scalar] = {
        var characters = (0...255).map { Unicode.Scalar(UInt8($0)) }
        for (index, byte) in (0...255).filter({ !isPrintable($0) }).enumerated() {
            characters[byte] = Unicode.Scalar(UInt32(256 + index))!
        }
        return characters
    }()

    private static let bytes: [Unicode.Scalar: UInt8] = Dictionary(
        uniqueKeysWithValues: characters.enumerated().map { ($1, UInt8($0)) })

    /// The byte a character stands for.
    static func byte(_ character: Unicode.Scalar) -> UInt8? { bytes[character] }

    /// The text that stands for some bytes.
    static func text(_ bytes: some Sequence<UInt8>) -> String {
        var text = ""
        for byte in bytes { text.unicodeScalars.append(characters[Int(byte)]) }
        return text
    }

    private static func isPrintable(_ byte: Int) -> Bool {
        (0x21...0x7E).contains(byte) || (0xA1...0xAC).contains(byte) || (0xAE...0xFF).contains(byte)
    }
}
