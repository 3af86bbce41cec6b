import CPinxitCodecs
import FoundationEssentials

/// WebP files in memory (RFC 9649), by libwebp.
public enum WebP {
    /// RGB, or RGBA where the file has alpha; the first frame of an animation. The picture is as it
    /// is stored, not turned, its colour profile not looked at.
    public static func decode(
        _ bytes: Data, name: String = "WebP", maxPixels: Int = Picture.usualLargestCount
    ) throws(ImageError) -> Picture {
        let chunks = RIFF.chunks([UInt8](bytes))
        guard let frame = chunks.first(where: { $0.type == "ANMF" }) else {
            return try still(bytes, name, maxPixels)
        }
        return try first(frame.content, of: chunks, name, maxPixels)
    }

    private static func still(
        _ bytes: Data, _ name: String, _ maxPixels: Int
    ) throws(ImageError) -> Picture {
        try Picture(bytes, name: name, maxPixels: maxPixels, header: codec_webp_header) {
            withUnsafePointer(to: $2) { [bytes = $0, count = $1, pixels = $3] header in
                codec_webp_decode(bytes, count, header, pixels)
            }
        }
    }

    /// A frame has a place on the canvas, its size, and chunks of its own like a still picture's.
    private static func first(
        _ frame: ArraySlice<UInt8>, of chunks: [RIFF.Chunk], _ name: String, _ maxPixels: Int
    ) throws(ImageError) -> Picture {
        guard frame.count > 16, let canvas = chunks.first(where: { $0.type == "VP8X" })?.content,
            canvas.count >= 10
        else { throw .unreadable(file: name, reason: "damaged WebP") }
        func number(_ bytes: ArraySlice<UInt8>, _ at: Int) -> Int {
            (0..<3).reduce(0) { $0 | Int(bytes[bytes.startIndex + at + $1]) << (8 * $1) }
        }
        let (width, height) = (number(canvas, 4) + 1, number(canvas, 7) + 1)
        guard width * height <= maxPixels else {
            throw .tooLarge(file: name, width: width, height: height, limit: maxPixels)
        }
        let parts = RIFF.chunks(Array(frame.dropFirst(16)), head: 0)
        let hasAlpha = parts.contains { $0.type == "ALPH" }
        let size = Array(frame.dropFirst(6).prefix(6))
        let extended = RIFF.chunk("VP8X", [hasAlpha ? 0x10 : 0, 0, 0, 0] + size)
        let alone = RIFF.file(extended + parts.flatMap { RIFF.chunk($0.type, $0.content) })
        let picture = try still(Data(alone), name, maxPixels)
        if (picture.width, picture.height) == (width, height) { return picture }
        var whole = Picture(width: width, height: height, color: [0, 0, 0, 0])
        whole.place(picture, x: 2 * number(frame, 0), y: 2 * number(frame, 3))
        return whole
    }

    /// Alpha is kept.
    /// - Parameters:
    ///   - quality: 1 to 100, for what is not lossless.
    ///   - lossless: Whether every pixel is kept.
    ///   - texts: Kept as ``EXIF`` does, and ``XMP``.
    public static func encode(
        _ picture: Picture, quality: Int = 92, lossless: Bool = false, texts: [PNGText] = []
    ) throws(ImageError) -> Data {
        let colour = picture.channels == 1 ? picture.rgb() : picture
        let result = colour.pixels.withUnsafeBufferPointer { pixels in
            codec_webp_encode(
                pixels.baseAddress, UInt32(colour.width), UInt32(colour.height),
                UInt32(colour.channels), Int32(min(max(quality, 1), 100)), lossless ? 1 : 0)
        }
        let file = try Data(result)
        let exif = EXIF.fitting(texts, limit: 1 << 24)
        let xmp = texts.first { $0.key == XMP.pngKey }.map { Array($0.text.utf8) }
        guard exif != nil || xmp != nil else { return file }
        // Metadata stand behind the picture, and a chunk in front says so.
        let chunks = RIFF.chunks([UInt8](file)).filter { $0.type != "VP8X" }
        let size = [colour.width - 1, colour.height - 1].flatMap { side in
            (0..<3).map { UInt8(truncatingIfNeeded: side >> (8 * $0)) }
        }
        let flags: UInt8 =
            (exif == nil ? 0 : 0x08) | (xmp == nil ? 0 : 0x04) | (colour.channels == 4 ? 0x10 : 0)
        return Data(
            RIFF.file(
                RIFF.chunk("VP8X", [flags, 0, 0, 0] + size)
                    + chunks.flatMap { RIFF.chunk($0.type, $0.content) }
                    + (exif.map { RIFF.chunk("EXIF", $0) } ?? [])
                    + (xmp.map { RIFF.chunk("XMP ", $0) } ?? [])))
    }

    /// The XMP that it holds.
    static func xmp(in bytes: Data) -> String? {
        RIFF.chunks([UInt8](bytes)).first { $0.type == "XMP " }
            .map { String(decoding: $0.content, as: UTF8.self) }
    }

    /// The ICC profile that it holds.
    static func profile(in bytes: Data) -> [UInt8]? {
        RIFF.chunks([UInt8](bytes)).first { $0.type == "ICCP" }.map { Array($0.content) }
    }

    /// The content of the chunk that holds EXIF, which some programs write with JPEG's head.
    static func exif(in bytes: Data) -> EXIF? {
        guard let chunk = RIFF.chunks([UInt8](bytes)).first(where: { $0.type == "EXIF" }) else {
            return nil
        }
        let hasHead = chunk.content.starts(with: EXIF.head)
        return EXIF(Array(chunk.content.dropFirst(hasHead ? EXIF.head.count : 0)))
    }
}

extension Picture {
    /// Copies a picture with or without alpha, alpha too, onto one with alpha.
    mutating func place(_ other: Picture, x: Int, y: Int) {
        for row in 0..<max(0, min(other.height, height - y)) {
            for column in 0..<max(0, min(other.width, width - x)) {
                let source = other.offset(x: column, y: row)
                let target = offset(x: x + column, y: y + row)
                for c in 0..<3 { pixels[target + c] = other.pixels[source + c] }
                pixels[target + 3] = other.channels == 4 ? other.pixels[source + 3] : 255
            }
        }
    }
}

/// The chunks WebP files are made of: type, length, content, and a byte where the length is odd.
enum RIFF {
    struct Chunk {
        let type: String
        let content: ArraySlice<UInt8>
    }

    /// The chunks behind the head of a file, as far as they are whole.
    static func chunks(_ file: [UInt8], head: Int = 12) -> [Chunk] {
        var chunks: [Chunk] = []
        var rest = file.dropFirst(head)
        while rest.count >= 8 {
            let start = rest.startIndex
            let length = (0..<4).reduce(0) { $0 | Int(rest[start + 4 + $1]) << (8 * $1) }
            guard length <= rest.count - 8 else { break }
            let type = String(decoding: rest[start..<start + 4], as: UTF8.self)
            chunks.append(Chunk(type: type, content: rest[start + 8..<start + 8 + length]))
            rest = rest.dropFirst(8 + length + length % 2)
        }
        return chunks
    }

    static func chunk(_ type: String, _ content: some Collection<UInt8>) -> [UInt8] {
        Array(type.utf8) + bytes(content.count) + content + (content.count % 2 == 0 ? [] : [0])
    }

    static func file(_ chunks: [UInt8]) -> [UInt8] {
        Array("RIFF".utf8) + bytes(chunks.count + 4) + Array("WEBP".utf8) + chunks
    }

    /// Little-endian.
    private static func bytes(_ count: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: count >> (8 * $0)) }
    }
}
