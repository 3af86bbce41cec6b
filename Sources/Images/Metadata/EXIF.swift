import FoundationEssentials

/// What cameras and other programs say about a picture inside JPEG, WebP and PNG files: tagged
/// values in a TIFF structure (CIPA DC-008, Exif 3.0).
///
/// Of a picture's texts it keeps `parameters` as the user comment, where other programs look for
/// it, `Description` as the image description, and `pinxit` as the maker's note. What other
/// programs keep elsewhere is read under the keys that they use in PNG.
struct EXIF {
    /// What stands before the structure in a JPEG segment.
    static let head: [UInt8] = Array("Exif\0\0".utf8)
    private static let makerHead: [UInt8] = Array("Pinxit\0\0".utf8)

    private enum Tag: Int {
        case description = 0x010E
        case make = 0x010F
        case model = 0x0110
        case software = 0x0131
        case orientation = 0x0112
        case sub = 0x8769
        case version = 0x9000
        case makerNote = 0x927C
        case userComment = 0x9286
    }

    private let bytes: [UInt8]
    private let isBigEndian: Bool

    /// Nil where the bytes begin as no such structure does.
    init?(_ bytes: [UInt8]) {
        switch Array(bytes.prefix(4)) {
        case Array("II*\0".utf8): isBigEndian = false
        case Array("MM\0*".utf8): isBigEndian = true
        default: return nil
        }
        self.bytes = bytes
    }

    /// What it says of how the picture must be turned to stand upright: ``Orientation``'s number,
    /// or one that is none.
    var orientation: Int? {
        number(4, at: 4).flatMap { value(.orientation, of: $0) }.flatMap { slice in
            let size = slice.count >= 4 ? 4 : 2
            return number(size, at: slice.startIndex)
        }
    }

    /// The texts that ``encoded(_:)`` keeps, a user comment of any other program as `parameters`,
    /// and what ComfyUI and Fooocus write.
    var texts: [PNGText] {
        guard let first = number(4, at: 4) else { return [] }
        let sub = value(.sub, of: first).flatMap { number(4, at: $0.startIndex) }
        var texts: [PNGText] = []
        func keep(_ key: String, _ text: String?) {
            guard let text, !texts.contains(where: { $0.key == key }) else { return }
            texts.append(PNGText(key: key, text: text))
        }
        for tag in [Tag.description, .make, .model] {
            guard let text = value(tag, of: first).map(Self.plain) else { continue }
            // ComfyUI: the key, a colon, JSON.
            let key = ["prompt", "workflow"].first { text.hasPrefix($0 + ":") }
            if let key {
                keep(key, String(text.dropFirst(key.count + 1)))
            } else if tag == .description {
                keep("Description", text)
            }
        }
        // Pillow, and so Fooocus, writes both where only the directory of the picture is.
        for directory in [sub, first].compactMap(\.self) {
            keep(Infotext.pngKey, value(.userComment, of: directory).flatMap(comment))
            guard let note = value(.makerNote, of: directory) else { continue }
            if note.starts(with: Self.makerHead) {
                let text = note.dropFirst(Self.makerHead.count)
                keep("pinxit", String(decoding: text, as: UTF8.self))
            } else if note.count < 16 {
                keep("fooocus_scheme", Self.plain(note))
            }
        }
        keep("Software", value(.software, of: first).map(Self.plain))
        return texts
    }

    private static func plain(_ slice: ArraySlice<UInt8>) -> String {
        String(decoding: slice.prefix { $0 != 0 }, as: UTF8.self)
    }

    // MARK: Reading

    /// An unsigned number of some bytes, or nil beyond the end.
    private func number(_ size: Int, at place: Int) -> Int? {
        guard place >= 0, place <= bytes.count - size else { return nil }
        return (0..<size).reduce(0) {
            $0 << 8 | Int(bytes[place + (isBigEndian ? $1 : size - 1 - $1)])
        }
    }

    /// The bytes of a tag's value in the directory at an offset. Numbers smaller than four bytes
    /// stand at their beginning.
    private func value(_ tag: Tag, of directory: Int) -> ArraySlice<UInt8>? {
        guard let count = number(2, at: directory) else { return nil }
        for index in 0..<count {
            let entry = directory + 2 + 12 * index
            guard let found = number(2, at: entry), let type = number(2, at: entry + 2),
                let count = number(4, at: entry + 4), let offset = number(4, at: entry + 8)
            else { return nil }
            guard found == tag.rawValue else { continue }
            let sizes = [1: 1, 2: 1, 3: 2, 4: 4, 6: 1, 7: 1, 8: 2, 9: 4]
            guard let size = sizes[type] else { return nil }
            let start = size * count <= 4 ? entry + 8 : offset
            guard start <= bytes.count, size * count <= bytes.count - start, count > 0 else {
                return nil
            }
            return bytes[start..<start + size * count]
        }
        return nil
    }

    /// A user comment says in its first eight bytes how it is written, unless the program that
    /// wrote it did not know.
    private func comment(_ slice: ArraySlice<UInt8>) -> String? {
        let text = slice.dropFirst(8)
        switch Array(slice.prefix(8)) {
        case Array("UNICODE\0".utf8): return utf16(text)
        case Array("ASCII\0\0\0".utf8), [UInt8](repeating: 0, count: 8): return Self.plain(text)
        case Array("JIS\0\0\0\0\0".utf8): return nil
        default: return Self.plain(slice)
        }
    }

    /// UTF-16 in the order that its mark says, else in the one that makes more of it ASCII:
    /// programs write either, whatever the rest is.
    private func utf16(_ bytes: ArraySlice<UInt8>) -> String {
        let starts = stride(from: bytes.startIndex, to: bytes.endIndex - 1, by: 2)
        func isASCII(_ high: UInt8, _ low: UInt8) -> Bool { high == 0 && (10..<127).contains(low) }
        var (big, little) = (0, 0)
        for i in starts {
            if isASCII(bytes[i], bytes[i + 1]) { big += 1 }
            if isASCII(bytes[i + 1], bytes[i]) { little += 1 }
        }
        let mark = Array(bytes.prefix(2))
        let isBig =
            mark == [0xFE, 0xFF]
            || (mark != [0xFF, 0xFE] && (big == little ? isBigEndian : big > little))
        let units = starts.map { i in
            isBig
                ? UInt16(bytes[i]) << 8 | UInt16(bytes[i + 1])
                : UInt16(bytes[i + 1]) << 8 | UInt16(bytes[i])
        }
        let text = units.drop { $0 == 0xFEFF }.prefix { $0 != 0 }
        return String(decoding: text, as: UTF16.self)
    }
}

// MARK: Writing

extension EXIF {
    /// A structure that keeps these texts; nil where none of them has a place, or where it would be
    /// longer than `limit` bytes with the last one alone.
    static func fitting(_ texts: [PNGText], limit: Int) -> [UInt8]? {
        var texts = texts.filter { ["Description", Infotext.pngKey, "pinxit"].contains($0.key) }
        while !texts.isEmpty {
            let bytes = encoded(texts)
            if bytes.count <= limit { return bytes }
            texts.removeFirst()
        }
        return nil
    }

    private typealias Field = (tag: Tag, type: Int, count: Int, value: [UInt8])

    /// Big-endian, as most programs write user comments whatever the rest is.
    private static func encoded(_ texts: [PNGText]) -> [UInt8] {
        func text(_ key: String) -> String? { texts.first { $0.key == key }?.text }
        var sub: [Field] = [(.version, 7, 4, Array("0300".utf8))]
        if let text = text("pinxit") {
            let value = makerHead + Array(text.utf8)
            sub.append((.makerNote, 7, value.count, value))
        }
        if let text = text(Infotext.pngKey) {
            let value = Array("UNICODE\0".utf8) + text.utf16.flatMap { bytes(2, Int($0)) }
            sub.append((.userComment, 7, value.count, value))
        }
        var first: [Field] = []
        if let text = text("Description") {
            let value = Array(text.utf8) + [0]
            first.append((.description, 2, value.count, value))
        }
        // The second directory follows the first and its values.
        let pointer: Field = (.sub, 4, 1, bytes(4, 0))
        let place = 8 + directory(first + [pointer], at: 8).count
        return Array("MM\0*".utf8) + bytes(4, 8)
            + directory(first + [(.sub, 4, 1, bytes(4, place))], at: 8)
            + directory(sub, at: place)
    }

    /// A directory at an offset, and behind it the values that do not fit its entries.
    private static func directory(_ fields: [Field], at offset: Int) -> [UInt8] {
        var entries = bytes(2, fields.count)
        var values: [UInt8] = []
        let start = offset + 2 + 12 * fields.count + 4
        for field in fields {
            entries += bytes(2, field.tag.rawValue) + bytes(2, field.type) + bytes(4, field.count)
            if field.value.count <= 4 {
                entries += field.value + [UInt8](repeating: 0, count: 4 - field.value.count)
            } else {
                entries += bytes(4, start + values.count)
                values += field.value + (field.value.count % 2 == 0 ? [] : [0])
            }
        }
        return entries + bytes(4, 0) + values
    }

    private static func bytes(_ size: Int, _ value: Int) -> [UInt8] {
        (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * (size - 1 - $0))) }
    }
}
