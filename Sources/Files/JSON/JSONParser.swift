/// Why a text is no JSON, and at which byte.
public struct JSONSyntaxError: Error, Equatable, CustomStringConvertible {
    /// Bytes from the start of the text.
    public let offset: Int
    /// What is wrong there, without the place.
    public let problem: String
    /// The problem and its place, to follow the name of a file.
    public var description: String { "is not valid JSON: \(problem) at byte \(offset)" }
}

extension JSONValue {
    /// Parses UTF-8 text strictly: no comments, no trailing commas, no repeated member names, at
    /// most 64 levels. `NaN`, `Infinity` and `-Infinity`, which Python writes and reads, are
    /// numbers.
    ///
    /// - Parameter longestArray: The most elements of an array: a value takes many times the memory
    ///   of its text.
    public init(
        parsing bytes: UnsafeRawBufferPointer, longestArray: Int = .max
    ) throws(JSONSyntaxError) {
        var parser = JSONParser(bytes: bytes, longestArray: longestArray)
        self = try parser.document()
    }

    /// Parses a text; see `init(parsing:)`.
    public init(parsing text: String) throws(JSONSyntaxError) {
        self = try Array(text.utf8).withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
        }
    }
}

struct JSONParser {
    private static let deepest = 64

    let bytes: UnsafeRawBufferPointer
    let longestArray: Int
    var position = 0

    init(bytes: UnsafeRawBufferPointer, longestArray: Int) {
        self.bytes = bytes
        self.longestArray = longestArray
    }

    mutating func document() throws(JSONSyntaxError) -> JSONValue {
        let value = try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw error("text after the end of the value") }
        return value
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        guard depth < Self.deepest else { throw error("more than \(Self.deepest) levels") }
        skipSpace()
        switch peek {
        case UInt8(ascii: "{"): return .object(try members(depth: depth))
        case UInt8(ascii: "["): return .array(try elements(depth: depth))
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "N"): return try literal("NaN", .number(.nan))
        case UInt8(ascii: "I"): return try literal("Infinity", .number(.infinity))
        case .some: return try number()
        case nil: throw error("unexpected end")
        }
    }

    private mutating func members(depth: Int) throws(JSONSyntaxError) -> [JSONMember] {
        position += 1
        var members: [JSONMember] = []
        var seen = SeenNames()
        skipSpace()
        if take("}") { return members }
        while true {
            skipSpace()
            guard peek == UInt8(ascii: "\"") else { throw error("expected a member name") }
            let start = position
            let name = try string()
            guard seen.insert(name, among: members) else {
                throw JSONSyntaxError(offset: start, problem: "repeated name \"\(name)\"")
            }
            skipSpace()
            guard take(":") else { throw error("expected ':'") }
            members.append(JSONMember(name, try value(depth: depth + 1)))
            skipSpace()
            if take("}") { return members }
            guard take(",") else { throw error("expected ',' or '}'") }
        }
    }

    private mutating func elements(depth: Int) throws(JSONSyntaxError) -> [JSONValue] {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take("]") { return elements }
        while true {
            guard elements.count < longestArray else {
                throw error("an array of more than \(longestArray) elements")
            }
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if take("]") { return elements }
            guard take(",") else { throw error("expected ',' or ']'") }
        }
    }

    private mutating func literal(
        _ word: StaticString, _ value: JSONValue
    ) throws(JSONSyntaxError) -> JSONValue {
        for index in 0..<word.utf8CodeUnitCount {
            guard peek == word.utf8Start[index] else { throw error("expected \(word)") }
            position += 1
        }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        let negative = take("-")
        if negative, peek == UInt8(ascii: "I") {
            return try literal("Infinity", .number(-.infinity))
        }
        if take("0") {
            guard !isDigit(peek) else { throw error("a number with a leading zero") }
        } else {
            try digits()
        }
        var isInteger = true
        if take(".") {
            isInteger = false
            try digits()
        }
        if take("e") || take("E") {
            isInteger = false
            _ = take("+") || take("-")
            try digits()
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isInteger, let value = Int(text), !(negative && value == 0) { return .integer(value) }
        guard let value = Double(text), value.isFinite else {
            throw JSONSyntaxError(offset: start, problem: "a number out of range")
        }
        return .number(value)
    }

    private mutating func digits() throws(JSONSyntaxError) {
        guard isDigit(peek) else { throw error("expected a value") }
        while isDigit(peek) { position += 1 }
    }

    private func isDigit(_ byte: UInt8?) -> Bool {
        guard let byte else { return false }
        return byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9")
    }

    // MARK: Strings

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        while let byte = peek, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20
        {
            position += 1
        }
        guard peek != UInt8(ascii: "\"") else {
            let text = try utf8(bytes[start..<position], at: start)
            position += 1
            return text
        }
        return try escapedString(from: start)
    }

    /// The rest of a string that has an escape, or is broken, at `position`.
    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var text = [UInt8](bytes[start..<position])
        while let byte = peek {
            guard byte >= 0x20 else { throw error("a control character in a string") }
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return try utf8(text, at: start)
            case UInt8(ascii: "\\"): try escape(into: &text)
            default: text.append(byte)
            }
        }
        throw error("unexpected end of a string")
    }

    private mutating func escape(into text: inout [UInt8]) throws(JSONSyntaxError) {
        guard let byte = peek else { throw error("unexpected end of a string") }
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"): text += Array(String(try unicodeEscape()).utf8)
        default: throw error("an unknown escape")
        }
    }

    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take("\\"), take("u") else { throw error("half a surrogate pair") }
        let second = try fourHexDigits()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw error("half a surrogate pair") }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue,
                byte < 0x80
            else { throw error("expected four hexadecimal digits") }
            value = value << 4 + UInt32(digit)
            position += 1
        }
        return value
    }

    private func utf8(
        _ bytes: some Collection<UInt8>, at start: Int
    ) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JSONSyntaxError(offset: start, problem: "a string that is not UTF-8")
        }
        return text
    }

    // MARK: Bytes

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard peek == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
            position += 1
        }
    }

    private func error(_ problem: String) -> JSONSyntaxError {
        JSONSyntaxError(offset: position, problem: problem)
    }
}

/// The member names met in one object, by a seeded hash of their bytes.
private struct SeenNames {
    private var hashes: Set<Int> = []

    /// False if the very same bytes were there before.
    mutating func insert(_ name: String, among members: [JSONMember]) -> Bool {
        var hasher = Hasher()
        var name = name
        name.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if hashes.insert(hasher.finalize()).inserted { return true }
        return !members.contains { $0.name.utf8.elementsEqual(name.utf8) }
    }
}
