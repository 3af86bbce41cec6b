import FoundationEssentials

/// Animated PNG (PNG 3rd edition, W3C 2025: acTL, fcTL and fdAT chunks). Viewers that do not know
/// it show the first frame.
public enum AnimatedPNG {
    /// Frames of one size and number of channels, each shown for some milliseconds.
    ///
    /// - Parameters:
    ///   - milliseconds: 1 to 65535.
    ///   - plays: How often it runs; 0 is for ever.
    ///   - texts: As in ``PNG/encode(_:texts:level:)``.
    public static func encode(
        _ frames: [Picture], milliseconds: Int, plays: Int = 0, texts: [PNGText] = [],
        level: Int = 6
    ) throws(ImageError) -> Data {
        guard let first = frames.first,
            frames.allSatisfy({
                $0.width == first.width && $0.height == first.height
                    && $0.channels == first.channels
            })
        else {
            throw .cannotEncode(reason: "an animation needs frames of one size and kind")
        }
        guard (1...65535).contains(milliseconds), (0...Int(Int32.max)).contains(plays) else {
            throw .cannotEncode(
                reason: "\(milliseconds) ms, \(plays) times: 1 to 65535 ms, 0 times or more")
        }
        var file = PNGChunks.signature
        var sequence: UInt32 = 0
        func control() -> [UInt8] {
            defer { sequence += 1 }
            let place: [UInt8] = bytes(0) + bytes(0)
            let delay = [UInt8(milliseconds >> 8), UInt8(milliseconds & 255), 0x03, 0xE8]
            return bytes(sequence) + bytes(UInt32(first.width)) + bytes(UInt32(first.height))
                + place + delay + [0, 0]
        }
        for (index, frame) in frames.enumerated() {
            let encoded = try PNG.encode(frame, texts: index == 0 ? texts : [], level: level)
            let chunks = PNGChunks.split([UInt8](encoded))
            let data = chunks.filter { $0.type == "IDAT" }
            guard index == 0 else {
                file += PNGChunks.chunk("fcTL", control())
                for chunk in data {
                    file += PNGChunks.chunk("fdAT", bytes(sequence) + chunk.content)
                    sequence += 1
                }
                continue
            }
            for chunk in chunks where chunk.type != "IEND" && chunk.type != "IDAT" {
                file += PNGChunks.chunk(chunk.type, chunk.content)
                if chunk.type == "IHDR" {
                    file += PNGChunks.chunk(
                        "acTL", bytes(UInt32(frames.count)) + bytes(UInt32(plays)))
                }
            }
            file += PNGChunks.chunk("fcTL", control())
            for chunk in data { file += PNGChunks.chunk("IDAT", chunk.content) }
        }
        return Data(file + PNGChunks.chunk("IEND", []))
    }

    private static func bytes(_ value: UInt32) -> [UInt8] { PNGChunks.bytes(value) }
}

/// The chunks PNG files are made of: length, type, content, and a check sum of type and content.
enum PNGChunks {
    static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

    struct Chunk {
        let type: String
        let content: ArraySlice<UInt8>
    }

    /// The chunks of a file to its end, as far as they are whole; what lies behind is none of it.
    /// Check sums are not looked at.
    static func split(_ file: [UInt8]) -> [Chunk] {
        var chunks: [Chunk] = []
        var rest = file.dropFirst(signature.count)
        while rest.count >= 12 {
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            guard length <= rest.count - 12 else { break }
            let start = rest.startIndex + 8
            let type = String(decoding: rest[start - 4..<start], as: UTF8.self)
            chunks.append(Chunk(type: type, content: rest[start..<start + length]))
            rest = rest.dropFirst(12 + length)
            if type == "IEND" { break }
        }
        return chunks
    }

    static func chunk(_ type: String, _ content: some Collection<UInt8>) -> [UInt8] {
        let checked = Array(type.utf8) + content
        return bytes(UInt32(content.count)) + checked + bytes(crc32(checked))
    }

    /// Big-endian.
    static func bytes(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) }
    }

    /// The check sum of ISO 3309, polynomial 0xEDB88320 reflected.
    static func crc32(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 255)] ^ ($0 >> 8) }
    }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1
        }
    }
}
