import HTTPTypes

/// The parts of a `multipart/form-data` body (RFC 7578).
struct Multipart {
    /// One field.
    struct Part {
        let name: String
        let bytes: ArraySlice<UInt8>

        var text: String { String(decoding: bytes, as: UTF8.self) }
    }

    /// The most parts, and the most bytes of one, that are taken.
    static let mostParts = 64
    static let largestPart = 50 << 20

    let parts: [Part]

    /// - Parameter type: The value of `Content-Type`, with its boundary.
    /// - Throws: `APIError` for anything that is not well formed.
    init(_ body: [UInt8], type: String) throws {
        func wrong(_ problem: String) -> APIError {
            APIError(.badRequest, "invalid_multipart", problem)
        }
        guard let boundary = Self.parameter("boundary", of: type), !boundary.isEmpty,
            boundary.utf8.count <= 200
        else { throw wrong("Content-Type: multipart/form-data with a boundary is accepted") }
        let mark = Array("\r\n--\(boundary)".utf8)
        // The first boundary has no line before it.
        let whole = [13, 10] + body
        var parts: [Part] = []
        guard var start = Self.find(mark, in: whole, from: 0) else {
            throw wrong("the body has no boundary")
        }
        while true {
            let rest = start + mark.count
            if whole[rest...].starts(with: Array("--".utf8)) { break }
            guard let line = Self.find([13, 10], in: whole, from: rest),
                let end = Self.find(mark, in: whole, from: line)
            else { throw wrong("the body ends within a part") }
            guard parts.count < Self.mostParts else {
                throw wrong("more than \(Self.mostParts) parts")
            }
            parts.append(try Self.part(whole[(line + 2)..<max(line + 2, end)]))
            start = end
        }
        self.parts = parts
    }

    private static func part(_ bytes: ArraySlice<UInt8>) throws -> Part {
        let all = Array(bytes)
        guard let gap = find([13, 10, 13, 10], in: all, from: 0), gap < 16384 else {
            throw APIError(.badRequest, "invalid_multipart", "a part has no end of its head")
        }
        let head = String(decoding: all[..<gap], as: UTF8.self)
        let disposition = head.split(whereSeparator: \.isNewline).first {
            $0.lowercased().hasPrefix("content-disposition:")
        }
        guard let disposition, let name = parameter("name", of: String(disposition)) else {
            throw APIError(.badRequest, "invalid_multipart", "a part has no name")
        }
        let content = all[(gap + 4)...]
        guard content.count <= largestPart else {
            throw APIError(
                .contentTooLarge, "too_large", "\(name): \(content.count) bytes are too many")
        }
        return Part(name: name, bytes: content)
    }

    /// A parameter behind semicolons, with or without quotes.
    private static func parameter(_ name: String, of header: String) -> String? {
        var rest = header[...]
        while let semicolon = rest.firstIndex(of: ";") {
            rest = rest[rest.index(after: semicolon)...].drop { $0 == " " }
            guard rest.lowercased().hasPrefix(name + "=") else { continue }
            let value = rest.dropFirst(name.count + 1)
            guard value.first == "\"" else {
                return String(value.prefix { $0 != ";" && !$0.isWhitespace })
            }
            return String(value.dropFirst().prefix { $0 != "\"" })
        }
        return nil
    }

    private static func find(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        guard let first = mark.first, bytes.count >= mark.count, start <= bytes.count else {
            return nil
        }
        return bytes.withUnsafeBufferPointer { bytes in
            var place = start
            while place + mark.count <= bytes.count {
                if bytes[place] == first,
                    (1..<mark.count).allSatisfy({ bytes[place + $0] == mark[$0] })
                {
                    return place
                }
                place += 1
            }
            return nil
        }
    }
}
