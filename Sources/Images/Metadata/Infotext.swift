import FoundationEssentials

/// The text other programs keep under the PNG key `parameters`: the prompt, the negative prompt,
/// and one last line `Key: value, Key: value`. Its form is AUTOMATIC1111's web UI's.
public struct Infotext: Sendable, Hashable {
    /// The PNG text key it is kept under.
    public static let pngKey = "parameters"

    /// A pair of the last line, such as `Steps: 20`.
    public struct Field: Sendable, Hashable {
        /// Letters, digits, spaces, `-` and `/`.
        public var key: String
        /// Any text; quoted as a JSON string where it holds a comma, a colon or a line end.
        public var value: String

        /// A pair as it is written; the key is not checked.
        public init(_ key: String, _ value: String) {
            self.key = key
            self.value = value
        }
    }

    /// What was asked for; may have several lines.
    public var prompt: String
    /// What guidance led away from; empty for none.
    public var negativePrompt: String
    /// In the order written: Steps, Sampler, CFG scale, Seed, Size, Model, …
    public var fields: [Field]

    /// A text from its parts; ``text`` puts them together.
    public init(prompt: String, negativePrompt: String = "", fields: [Field] = []) {
        self.prompt = prompt
        self.negativePrompt = negativePrompt
        self.fields = fields
    }

    /// The value of the first field of that key, in its very spelling; nil for none.
    public subscript(key: String) -> String? { fields.first { $0.key == key }?.value }

    /// The whole text as it is kept; ``init(parsing:)`` reads it back if it has at least three
    /// fields.
    public var text: String {
        var lines = [prompt]
        if !negativePrompt.isEmpty { lines.append("Negative prompt: " + negativePrompt) }
        if !fields.isEmpty {
            lines.append(
                fields.map { "\($0.key): \(Self.quotedIfNeeded($0.value))" }.joined(separator: ", ")
            )
        }
        return lines.joined(separator: "\n")
    }

    /// Reads any text: what is no parameter line belongs to the prompt, as the web UI does it.
    public init(parsing text: String) {
        // "\r\n" is one character.
        var lines = Self.trimmed(text)
            .split(omittingEmptySubsequences: false) { $0 == "\n" || $0 == "\r\n" }
            .map(String.init)
        // Fewer than three pairs are more likely a sentence with a colon.
        let last = lines.last.map(Self.fields) ?? []
        if last.count >= 3 { lines.removeLast() }
        fields = last.count >= 3 ? last : []
        var prompt: [String] = []
        var negative: [String] = []
        var isNegative = false
        for line in lines {
            let line = Self.trimmed(line)
            if line.hasPrefix("Negative prompt:") {
                isNegative = true
                negative.append(Self.trimmed(String(line.dropFirst("Negative prompt:".count))))
            } else if isNegative {
                negative.append(line)
            } else {
                prompt.append(line)
            }
        }
        self.prompt = prompt.joined(separator: "\n")
        negativePrompt = negative.joined(separator: "\n")
    }

    private static func quotedIfNeeded(_ value: String) -> String {
        guard value.contains(where: { ",:".contains($0) || $0.isNewline }) else { return value }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.withoutEscapingSlashes]
        guard let quoted = try? encoder.encode(value) else { return value }
        return String(decoding: quoted, as: UTF8.self)
    }

    // `key: value` pairs; a key is word characters, spaces, `-` and `/`; a value is a JSON string
    // or everything up to the next comma.
    private static func fields(_ line: String) -> [Field] {
        var result: [Field] = []
        var rest = line[...]
        while let colon = rest.firstIndex(of: ":") {
            let start = rest[..<colon].lastIndex(of: ",").map(rest.index(after:)) ?? rest.startIndex
            let key = trimmed(String(rest[start..<colon]))
            rest = rest[rest.index(after: colon)...].drop { $0 == " " }
            let value = takeValue(&rest)
            if isKey(key) { result.append(Field(key, trimmed(value))) }
        }
        return result
    }

    private static func takeValue(_ rest: inout Substring) -> String {
        if rest.first == "\"", let end = closingQuote(rest) {
            let quoted = rest[...end]
            if let value = try? JSONDecoder().decode(String.self, from: Data(quoted.utf8)) {
                rest = rest[rest.index(after: end)...]
                return value
            }
        }
        let end = rest.firstIndex(of: ",") ?? rest.endIndex
        defer { rest = rest[end...] }
        return String(rest[..<end])
    }

    private static func closingQuote(_ text: Substring) -> Substring.Index? {
        var index = text.index(after: text.startIndex)
        while index < text.endIndex {
            if text[index] == "\"" { return index }
            if text[index] == "\\" { index = text.index(after: index) }
            if index < text.endIndex { index = text.index(after: index) }
        }
        return nil
    }

    private static func isKey(_ key: String) -> Bool {
        guard let first = key.first, first.isLetter || first.isNumber || first == "_" else {
            return false
        }
        return key.allSatisfy { $0.isLetter || $0.isNumber || "_ -/".contains($0) }
    }

    private static func trimmed(_ text: String) -> String {
        let start = text.drop { $0.isWhitespace }
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
