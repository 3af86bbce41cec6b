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
        guard var start = Self.boundary(mark, in: whole, from: 0) else {
            throw wrong("the body has no boundary")
        }
        while true {
            let rest = start + mark.count
            if whole[rest...].starts(with: Array("--".utf8)) { break }
            guard let line = Self.find([13, 10], in: whole, from: rest),
                let end = Self.boundary(mark, in: whole, from: line)
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
        pieces(of: header).dropFirst().lazy.compactMap { piece -> String? in
            guard let sign = piece.firstIndex(of: "=") else { return nil }
            let key = piece[..<sign].filter { $0 != " " }
            guard key.lowercased() == name else { return nil }
            let value = piece[piece.index(after: sign)...]
            guard value.first == "\"" else { return value.filter { !$0.isWhitespace } }
            return value.dropFirst().prefix { $0 != "\"" }.filter { $0 != "\\" }
        }.first
    }

    /// What lies between semicolons that are in no quotes.
    private static func pieces(of header: String) -> [String] {
        var pieces = [""]
        var (isQuoted, isEscaped) = (false, false)
        for character in header {
            if character == ";", !isQuoted {
                pieces.append("")
                continue
            }
            if character == "\"", !isEscaped { isQuoted.toggle() }
            isEscaped = character == "\\" && !isEscaped
            pieces[pieces.count - 1].append(character)
        }
        return pieces
    }

    /// A boundary has a line of its own: what goes on otherwise is content.
    private static func boundary(_ mark: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        var start = start
        while let place = find(mark, in: bytes, from: start) {
            let rest = bytes[(place + mark.count)...]
            let ends = [[13, 10], [0x2D, 0x2D], [0x20], [0x09]] as [[UInt8]]
            if ends.contains(where: { rest.starts(with: $0) }) { return place }
            start = place + 1
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
