import PinxitFiles

/// What a file's first bytes say it is.
enum FileStart {
    case safetensors, zip, pickle, gguf, json

    /// Other files that people have under a checkpoint's name.
    private static let others: [(start: [UInt8], name: String)] = [
        (Array("FUGG".utf8), "a big-endian GGUF file"), ([0x1F, 0x8B], "a gzip archive"),
        (Array("7z".utf8) + [0xBC, 0xAF], "a 7z archive"), (Array("Rar!".utf8), "a RAR archive"),
        ([0x89] + Array("HDF".utf8), "an HDF5 file"), ([0x89] + Array("PNG".utf8), "a PNG picture"),
        ([0xFF, 0xD8, 0xFF], "a JPEG picture"), (Array("ggml".utf8), "a GGML file of before GGUF"),
    ]
    private static let accepted =
        "safetensors, torch's .ckpt, .pt and .bin, GGUF and the JSON index of shards are accepted"

    /// - Throws: `FileError` that names what was found and what is accepted.
    init(_ bytes: UnsafeRawBufferPointer, path: String) throws(FileError) {
        if let other = ForeignFile(bytes) { throw other.error(path) }
        guard !bytes.isEmpty else {
            throw FileError(path: path, problem: "is empty; \(Self.accepted)")
        }
        var cursor = ByteCursor(bytes)
        let length = cursor.integer(UInt64.self) ?? .max
        let text = bytes.first { !" \t\r\n".utf8.contains($0) }
        if length <= SafetensorsHeader.largest, cursor.integer(UInt8.self) == UInt8(ascii: "{") {
            self = .safetensors
        } else if bytes.starts(with: [0x50, 0x4B, 3, 4]) {
            self = .zip
        } else if bytes.starts(with: [0x80]), bytes.count > 1, bytes[1] <= 5 {
            self = .pickle
        } else if bytes.starts(with: "GGUF".utf8) {
            self = .gguf
        } else if text == UInt8(ascii: "{") {
            self = .json
        } else {
            throw FileError(path: path, problem: "\(Self.found(bytes)); \(Self.accepted)")
        }
    }

    private static func found(_ bytes: UnsafeRawBufferPointer) -> String {
        if let other = others.first(where: { bytes.starts(with: $0.start) }) {
            return "is \(other.name)"
        }
        if bytes.count > 262, bytes[257..<262].elementsEqual("ustar".utf8) {
            return "is a tar archive; a checkpoint of PyTorch before 0.2 has to be saved anew"
        }
        let start = bytes.prefix(512)
        if start.count > 16, start.allSatisfy({ (9...13).contains($0) || (32...126).contains($0) })
        {
            let words = String(decoding: start, as: UTF8.self).split { $0.isWhitespace }
            return "is text, as sites answer where a login is needed (\""
                + words.joined(separator: " ").prefix(60) + "…\"), and has to be downloaded again"
        }
        if start.allSatisfy({ $0 == 0 }) { return "begins with zeros, as unfinished downloads do" }
        let digits = start.prefix(8).map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16)
        }
        return "begins with the bytes \(digits.joined(separator: " "))"
    }
}
