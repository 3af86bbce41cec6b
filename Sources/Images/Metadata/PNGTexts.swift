import CPinxitCodecs
import FoundationEssentials

extension PNG {
    /// What texts may take in memory, in bytes: packed ones may claim any length.
    static let largestTexts = 16 << 20
    private static let mostTexts = 1000
    /// Each may take as long as the longest text that is whole.
    private static let mostDamaged = 16

    /// The text entries of a PNG file in file order: tEXt, zTXt and iTXt, before and behind the
    /// pixels, which are not looked at.
    ///
    /// - Throws: `ImageError` for a file that ends early, and for texts that take over 16 MiB.
    public static func texts(in bytes: Data, name: String = "PNG") throws(ImageError) -> [PNGText] {
        let file = [UInt8](bytes)
        guard file.starts(with: PNGChunks.signature) else {
            throw .unreadable(file: name, reason: "not a PNG file (wrong signature)")
        }
        let chunks = PNGChunks.split(file)
        guard chunks.first?.type == "IHDR", chunks.last?.type == "IEND" else {
            throw .unreadable(file: name, reason: "the file ends early")
        }
        var texts: [PNGText] = []
        var rest = largestTexts
        var damaged = 0
        for chunk in chunks where ["tEXt", "zTXt", "iTXt"].contains(chunk.type) {
            let entry: Entry?
            do {
                entry = try Entry(chunk, limit: rest)
            } catch {
                throw .unreadable(file: name, reason: "its texts take more than 16 MiB")
            }
            guard let entry else {
                damaged += 1
                guard damaged <= mostDamaged else {
                    throw .unreadable(file: name, reason: "its texts are damaged")
                }
                continue
            }
            rest -= entry.count
            guard texts.count < mostTexts else {
                throw .unreadable(file: name, reason: "it has more than \(mostTexts) texts")
            }
            texts.append(entry.text)
        }
        return texts
    }

    /// One chunk's text, and how many bytes it has.
    private struct Entry {
        let text: PNGText
        let count: Int

        /// Nil for a chunk that is damaged.
        init?(_ chunk: PNGChunks.Chunk, limit: Int) throws(TooLong) {
            guard let (key, rest) = Self.head(chunk.content) else { return nil }
            let isPacked: Bool
            var content: ArraySlice<UInt8>
            switch chunk.type {
            case "tEXt": (isPacked, content) = (false, rest)
            case "zTXt":
                guard rest.first == 0 else { return nil }
                (isPacked, content) = (true, rest.dropFirst())
            default:
                // A flag and a method, then a language and the key in it.
                guard rest.count >= 2, let language = Self.head(rest.dropFirst(2)),
                    let translated = Self.head(language.rest)
                else { return nil }
                (isPacked, content) = (rest.first == 1, translated.rest)
            }
            if isPacked {
                guard let unpacked = try PNG.unpacked(content, limit: limit) else { return nil }
                content = unpacked[...]
            }
            guard content.count <= limit else { throw TooLong() }
            count = content.count
            let isUTF8 = chunk.type == "iTXt"
            text = PNGText(
                key: Self.latin1(key),
                text: isUTF8 ? String(decoding: content, as: UTF8.self) : Self.latin1(content))
        }

        /// What stands before the first 0, and behind it.
        private static func head(
            _ bytes: ArraySlice<UInt8>
        ) -> (key: ArraySlice<UInt8>, rest: ArraySlice<UInt8>)? {
            guard let end = bytes.firstIndex(of: 0) else { return nil }
            return (bytes[..<end], bytes[(end + 1)...])
        }

        private static func latin1(_ bytes: ArraySlice<UInt8>) -> String {
            var text = String.UnicodeScalarView()
            for byte in bytes { text.append(Unicode.Scalar(byte)) }
            return String(text)
        }
    }

    /// What is packed is longer than its limit.
    struct TooLong: Error {}

    /// Nil for what zlib cannot unpack.
    static func unpacked(
        _ bytes: ArraySlice<UInt8>, limit: Int
    ) throws(TooLong) -> [UInt8]? {
        let raw = bytes.withUnsafeBufferPointer { buffer -> CodecBytes? in
            guard let start = buffer.baseAddress else { return nil }
            return codec_inflate(start, buffer.count, limit)
        }
        guard let raw else { return nil }
        if let problem = message(raw.message) {
            if problem == "too long" { throw TooLong() }
            return nil
        }
        defer { codec_free(raw.bytes) }
        return [UInt8](UnsafeBufferPointer(start: raw.bytes, count: raw.count))
    }
}
