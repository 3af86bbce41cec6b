import CPinxitCodecs
import FoundationEssentials

/// One text entry of a PNG file, such as `parameters`.
public struct PNGText: Sendable, Hashable {
    /// 1 to 79 Latin-1 characters.
    public var key: String
    /// Any text; what does not fit Latin-1 is kept as UTF-8.
    public var text: String

    /// An entry as it is; the key is checked where a picture is encoded.
    public init(key: String, text: String) {
        self.key = key
        self.text = text
    }
}

/// PNG files in memory (PNG 3rd edition, W3C 2025), by libpng.
public enum PNG {
    /// Any PNG type becomes RGBA; the picture is as it is stored, not turned, its colour profile
    /// not looked at. `name` is only for the error message.
    public static func decode(
        _ bytes: Data, name: String = "PNG", maxPixels: Int = Picture.usualLargestCount
    ) throws(ImageError) -> Picture {
        try Picture(bytes, name: name, maxPixels: maxPixels, header: codec_png_header) {
            withUnsafePointer(to: $2) { [bytes = $0, count = $1, pixels = $3] header in
                codec_png_decode(bytes, count, header, pixels)
            }
        }
    }

    /// Gray, RGB or RGBA by the picture's channels. Text that fits Latin-1 becomes tEXt, other
    /// text iTXt in UTF-8, as Pillow writes them.
    /// - Parameter level: zlib's, 0 (fast) to 9 (small).
    public static func encode(
        _ picture: Picture, texts: [PNGText] = [], level: Int = 6
    ) throws(ImageError) -> Data {
        var owned: [UnsafeMutablePointer<CChar>] = []
        defer { for pointer in owned { pointer.deallocate() } }
        func keep(_ bytes: [UInt8]) -> UnsafeMutablePointer<CChar> {
            let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
            for (i, byte) in bytes.enumerated() { pointer[i] = CChar(bitPattern: byte) }
            pointer[bytes.count] = 0
            owned.append(pointer)
            return pointer
        }
        var items: [CodecText] = []
        for text in texts {
            guard let key = latin1(text.key), (1...79).contains(key.count) else {
                throw .cannotEncode(reason: "PNG key \"\(text.key)\": 1 to 79 Latin-1 characters")
            }
            // XMP is UTF-8 by its standard, whatever it holds.
            let content = text.key == XMP.pngKey ? nil : latin1(text.text)
            items.append(
                CodecText(
                    key: keep(key), text: keep(content ?? Array(text.text.utf8)),
                    utf8: content == nil ? 1 : 0))
        }
        let result = picture.pixels.withUnsafeBufferPointer { pixels in
            codec_png_encode(
                pixels.baseAddress, UInt32(picture.width), UInt32(picture.height),
                UInt32(picture.channels), Int32(level), items, items.count)
        }
        return try Data(result)
    }

    /// The content of the chunk that holds EXIF.
    static func exif(in bytes: Data) -> EXIF? {
        PNGChunks.split([UInt8](bytes)).first { $0.type == "eXIf" }
            .flatMap { EXIF(Array($0.content)) }
    }

    /// The ICC profile of the chunk that holds one, behind a name, packed.
    static func profile(in bytes: Data) throws(ColorProfile.Problem) -> [UInt8]? {
        guard let chunk = PNGChunks.split([UInt8](bytes)).first(where: { $0.type == "iCCP" }) else {
            return nil
        }
        guard let end = chunk.content.firstIndex(of: 0),
            case let packed = chunk.content[(end + 1)...], packed.first == 0
        else { throw .damaged }
        let unpacked: [UInt8]?
        do {
            unpacked = try Self.unpacked(packed.dropFirst(), limit: ColorProfile.largest)
        } catch {
            throw .tooLarge
        }
        guard let unpacked else { throw .damaged }
        return unpacked
    }

    /// Whether it has gray pixels, with or without alpha, by the type in its first chunk.
    static func isGray(_ bytes: Data) -> Bool {
        [0, 4].contains(bytes.dropFirst(25).first)
    }

    /// Whether it has 16 bits a channel, by its first chunk.
    static func isDeep(_ bytes: Data) -> Bool { bytes.dropFirst(24).first == 16 }

    private static func latin1(_ text: String) -> [UInt8]? {
        var bytes: [UInt8] = []
        for scalar in text.unicodeScalars {
            guard scalar.value < 256, scalar.value > 0 else { return nil }
            bytes.append(UInt8(scalar.value))
        }
        return bytes
    }
}
