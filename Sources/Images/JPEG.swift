import CPinxitCodecs
import FoundationEssentials

/// JPEG files in memory (ISO/IEC 10918-1), by libjpeg. Sides are at most ``PNG/largestSide``
/// pixels.
public enum JPEG {
    /// Gray or RGB, as the file says.
    public static func decode(_ bytes: Data, name: String = "JPEG") throws(ImageError) -> Picture {
        let raw = bytes.withUnsafeBytes { buffer in
            codec_jpeg_decode(
                buffer.baseAddress?.assumingMemoryBound(to: UInt8.self), buffer.count,
                PNG.largestSide)
        }
        return try Picture(raw, name: name)
    }

    /// Alpha is blended over white first.
    /// - Parameter quality: 1 to 100.
    public static func encode(_ picture: Picture, quality: Int = 92) throws(ImageError) -> Data {
        let opaque = picture.channels == 4 ? picture.rgb() : picture
        let result = opaque.pixels.withUnsafeBufferPointer { pixels in
            codec_jpeg_encode(
                pixels.baseAddress, UInt32(opaque.width), UInt32(opaque.height),
                UInt32(opaque.channels), Int32(min(max(quality, 1), 100)))
        }
        return try Data(result)
    }
}
