import CPinxitCodecs
import FoundationEssentials

extension Picture {
    /// The most pixels a file may hold unless the caller says otherwise, Pillow's limit: a small
    /// file may claim a picture that no memory holds.
    public static let usualLargestCount = 178_956_970

    /// Decodes in two calls of the C side: the size is looked at before memory is taken.
    init(
        _ bytes: Data, name: String, maxPixels: Int,
        header: (UnsafePointer<UInt8>, Int) -> CodecHeader,
        decode: (UnsafePointer<UInt8>, Int, CodecHeader, UnsafeMutablePointer<UInt8>) -> CodecResult
    ) throws(ImageError) {
        let bytes = bytes.isEmpty ? Data([0]) : bytes
        func onBytes<Result>(_ body: (UnsafePointer<UInt8>, Int) -> Result) -> Result {
            bytes.withUnsafeBytes { buffer in
                buffer.withMemoryRebound(to: UInt8.self) { body($0.baseAddress!, $0.count) }
            }
        }
        let size = onBytes(header)
        if let reason = message(size.message) { throw .unreadable(file: name, reason: reason) }
        let (width, height) = (Int(size.width), Int(size.height))
        guard width > 0, height > 0 else { throw .unreadable(file: name, reason: "has no pixels") }
        // A reduced picture is made of the whole one's coefficients.
        let stored = (max(width, Int(size.stored_width)), max(height, Int(size.stored_height)))
        guard stored.0 * stored.1 <= maxPixels else {
            throw .tooLarge(file: name, width: stored.0, height: stored.1, limit: maxPixels)
        }
        let count = width * height * Int(size.channels)
        var result = CodecResult()
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { target, filled in
            // What a damaged file leaves out is not read: the message says so.
            guard let start = target.baseAddress else { return }
            start.initialize(repeating: 0, count: count)
            result = onBytes { decode($0, $1, size, start) }
            filled = count
        }
        if let reason = message(result.message) { throw .unreadable(file: name, reason: reason) }
        self.init(width: width, height: height, channels: Int(size.channels), pixels: pixels)
    }
}

/// The C side's message, or nil after success.
func message<Characters>(_ characters: Characters) -> String? {
    withUnsafeBytes(of: characters) { bytes in
        bytes.first == 0 ? nil : String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
}

extension Data {
    /// Takes over what the C side encoded.
    init(_ raw: CodecBytes) throws(ImageError) {
        guard let bytes = raw.bytes else {
            throw .cannotEncode(reason: message(raw.message) ?? "unknown error")
        }
        defer { codec_free(bytes) }
        self.init(bytes: bytes, count: raw.count)
    }
}
