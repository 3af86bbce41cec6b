import CPinxitCodecs
import FoundationEssentials

/// What a picture file says of itself before its pixels.
public struct PictureHeader: Sendable, Equatable {
    /// What it is, in words: "PNG".
    public let format: String
    /// In pixels, as it is stored.
    public let width: Int
    /// In pixels, as it is stored.
    public let height: Int

    /// - Throws: `ImageError` for a file that is damaged or no picture.
    public init(encoded bytes: Data, name: String) throws(ImageError) {
        let read: (@Sendable (UnsafePointer<UInt8>, Int) -> CodecHeader)?
        switch FoundFormat(bytes) {
        case .own(.png): (format, read) = ("PNG", codec_png_header)
        case .own(.jpeg): (format, read) = ("JPEG", { codec_jpeg_header($0, $1, 0) })
        case .own(.webP): (format, read) = ("WebP", codec_webp_header)
        case .gif: (format, read) = ("GIF", nil)
        case .bmp: (format, read) = ("BMP", nil)
        case .other(let found): throw .unknownFormat(file: name, found: found)
        case .unknown: throw .unknownFormat(file: name)
        }
        let header = read.flatMap { read in
            bytes.withUnsafeBytes { buffer in
                buffer.withMemoryRebound(to: UInt8.self) { bytes in
                    bytes.baseAddress.map { read($0, bytes.count) }
                }
            }
        }
        if let header, message(header.message) == nil {
            (width, height) = (Int(header.width), Int(header.height))
        } else {
            // An animation, or what says more when it is read.
            let picture = try Picture(encoded: bytes, name: name)
            (width, height) = (picture.width, picture.height)
        }
    }
}
