import CPinxitCodecs
import FoundationEssentials

/// JPEG files in memory (ISO/IEC 10918-1), by libjpeg.
public enum JPEG {
    /// Gray or RGB, as the file says, CMYK as RGB; the picture is as it is stored, not turned, its
    /// colour profile not looked at.
    ///
    /// - Parameters:
    ///   - name: What the picture is called in errors.
    ///   - shortSide: Where this is given, the picture may come at a half, a quarter or an eighth
    ///     of its size, as long as its shorter side stays at least this. It takes less time and
    ///     memory.
    public static func decode(
        _ bytes: Data, name: String = "JPEG", maxPixels: Int = Picture.usualLargestCount,
        shortSide: Int? = nil
    ) throws(ImageError) -> Picture {
        let picture = try stored(bytes, name: name, maxPixels: maxPixels, shortSide: shortSide)
        return picture.channels == 4 ? picture.rgbFromInvertedCMYK() : picture
    }

    /// As ``decode(_:name:maxPixels:shortSide:)``, except that four channels are inverted CMYK.
    static func stored(
        _ bytes: Data, name: String, maxPixels: Int, shortSide: Int?
    ) throws(ImageError) -> Picture {
        let side = UInt32(clamping: max(shortSide ?? 0, 0))
        return try Picture(
            bytes, name: name, maxPixels: maxPixels,
            header: { codec_jpeg_header($0, $1, side) },
            decode: {
                withUnsafePointer(to: $2) { [bytes = $0, count = $1, pixels = $3] header in
                    codec_jpeg_decode(bytes, count, side, header, pixels)
                }
            })
    }

    /// Alpha is blended over white first.
    /// - Parameters:
    ///   - quality: 1 to 100.
    ///   - texts: Kept as ``EXIF`` does, and ``XMP``. A segment holds 65 kB: what does not fit is
    ///     left out, the text `pinxit` last.
    public static func encode(
        _ picture: Picture, quality: Int = 92, texts: [PNGText] = []
    ) throws(ImageError) -> Data {
        let opaque = picture.channels == 4 ? picture.rgb() : picture
        let exif = EXIF.fitting(texts, limit: 65533 - EXIF.head.count).map { EXIF.head + $0 } ?? []
        let result = opaque.pixels.withUnsafeBufferPointer { pixels in
            codec_jpeg_encode(
                pixels.baseAddress, UInt32(opaque.width), UInt32(opaque.height),
                UInt32(opaque.channels), Int32(min(max(quality, 1), 100)), exif, exif.count)
        }
        let file = try Data(result)
        guard let xmp = texts.first(where: { $0.key == XMP.pngKey })?.text,
            case let content = XMP.jpegHead + Array(xmp.utf8), content.count <= 65533
        else { return file }
        return putting(content, into: file)
    }

    /// The content of the first APP1 segment that holds EXIF.
    static func exif(in bytes: Data) -> EXIF? {
        segments(of: bytes, 0xE1, after: EXIF.head).first.flatMap { EXIF($0) }
    }

    /// The XMP of the first APP1 segment that holds it.
    static func xmp(in bytes: Data) -> String? {
        segments(of: bytes, 0xE1, after: XMP.jpegHead).first
            .map { String(decoding: $0, as: UTF8.self) }
    }

    /// The ICC profile, which lies in pieces in APP2 segments: each says which of how many it is,
    /// from 1 (ICC.1, B.4).
    static func profile(in bytes: Data) throws(ColorProfile.Problem) -> [UInt8]? {
        let pieces = segments(of: bytes, 0xE2, after: Array("ICC_PROFILE\0".utf8))
        guard let count = pieces.first?.dropFirst().first else { return nil }
        let ordered = pieces.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
        guard ordered.allSatisfy({ $0.count > 2 && $0[1] == count }),
            ordered.map({ Int($0[0]) }) == Array(1...max(Int(count), 1))
        else { throw .damaged }
        guard ordered.reduce(0, { $0 + $1.count }) <= ColorProfile.largest else { throw .tooLarge }
        return ordered.flatMap { $0.dropFirst(2) }
    }

    /// What stands behind a head in each segment of a marker that begins with it.
    private static func segments(
        of bytes: Data, _ wanted: UInt8, after head: [UInt8]
    ) -> [[UInt8]] {
        var found: [[UInt8]] = []
        var rest = bytes.dropFirst(2)
        while rest.count >= 4, rest.first == 0xFF {
            let start = rest.startIndex
            let marker = rest[start + 1]
            // Bytes that fill up before a marker; scans have no segments to look into.
            if marker == 0xFF {
                rest = rest.dropFirst()
                continue
            }
            if marker == 0xDA || marker == 0xD9 { break }
            let length = Int(rest[start + 2]) << 8 | Int(rest[start + 3])
            guard length >= 2, length + 2 <= rest.count else { break }
            let content = rest[start + 4..<start + 2 + length]
            if marker == wanted, content.starts(with: head) {
                found.append(Array(content.dropFirst(head.count)))
            }
            rest = rest.dropFirst(2 + length)
        }
        return found
    }

    /// An APP1 segment put in front of all others.
    private static func putting(_ content: [UInt8], into file: Data) -> Data {
        let length = content.count + 2
        let head: [UInt8] = [0xFF, 0xE1, UInt8(length >> 8), UInt8(length & 255)]
        // Behind JFIF's own segment, which comes first.
        let bytes = [UInt8](file)
        let own = bytes.count > 6 && bytes[3] == 0xE0 ? 4 + Int(bytes[4]) << 8 + Int(bytes[5]) : 2
        return Data(bytes.prefix(own) + head + content + bytes.dropFirst(own))
    }
}

extension Picture {
    /// RGB of CMYK with inverted values, as Photoshop and so everyone writes it into JPEG files, in
    /// Pillow's arithmetic, for files without a colour profile.
    func rgbFromInvertedCMYK() -> Picture {
        precondition(channels == 4, "CMYK has four channels, not \(channels)")
        let count = width * height
        let rgb = [UInt8](unsafeUninitializedCapacity: count * 3) { target, filled in
            pixels.withUnsafeBufferPointer { source in
                for i in 0..<count {
                    let key = Int(source[4 * i + 3])
                    for c in 0..<3 {
                        let product = (255 - Int(source[4 * i + c])) * key + 128
                        target[3 * i + c] = UInt8(
                            clamping: key - (((product >> 8) + product) >> 8))
                    }
                }
            }
            filled = count * 3
        }
        return Picture(width: width, height: height, channels: 3, pixels: rgb)
    }
}
