/// Words as the index of the history keeps them and as a search asks for them: Han characters
/// stand alone, since Chinese has no spaces, and what follows one another is found as a phrase.
enum SearchWords {
    /// What is kept of a text.
    static func stored(_ text: String) -> String {
        text.map { isHan($0) ? " \($0) " : String($0) }.joined()
    }

    /// What is asked of the index; nil for a search without words.
    static func query(_ text: String) -> String? {
        let terms = text.split { !($0.isLetter || $0.isNumber) }.flatMap { parts(String($0)) }
        guard !terms.isEmpty else { return nil }
        return terms.joined(separator: " ")
    }

    /// A stretch of Han characters is a phrase; any other word is found by its beginning.
    private static func parts(_ word: String) -> [String] {
        var parts: [String] = []
        var rest = word[...]
        while let first = rest.first {
            let stretch = rest.prefix { isHan($0) == isHan(first) }
            parts.append(
                isHan(first)
                    ? "\"" + stretch.map(String.init).joined(separator: " ") + "\""
                    : "\"\(stretch)\"*")
            rest = rest.dropFirst(stretch.count)
        }
        return parts
    }

    fileprivate static func isHan(_ character: Character) -> Bool {
        character.unicodeScalars.first.map {
            (0x3400...0x9FFF).contains($0.value) || (0x20000...0x3FFFF).contains($0.value)
        } ?? false
    }
}

// The same for PostgreSQL, whose own parser would cut by the rules of a language.
extension SearchWords {
    /// The most characters of a word that count.
    private static let longest = 100

    /// Words with their places, as a `tsvector` is written.
    static func lexemes(_ text: String) -> String {
        terms(text).enumerated().map { "'\($1)':\(min($0 + 1, 16383))" }.joined(separator: " ")
    }

    /// What is asked of it, as a `tsquery` is written; nil for a search without words.
    static func lexemeQuery(_ text: String) -> String? {
        let parts = text.lowercased().split { !($0.isLetter || $0.isNumber) }
            .flatMap { stretches($0) }
        guard !parts.isEmpty else { return nil }
        return parts.map { stretch in
            stretch.first.map(isHan) == true
                ? "(" + stretch.map { "'\($0)'" }.joined(separator: " <-> ") + ")"
                : "'\(stretch.prefix(longest))':*"
        }.joined(separator: " & ")
    }

    private static func terms(_ text: String) -> [Substring] {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.flatMap { stretches($0) }
            .flatMap { stretch in
                stretch.first.map(isHan) == true
                    ? stretch.indices.map { stretch[$0...$0] } : [stretch.prefix(longest)]
            }
    }

    /// A word cut where Han characters begin and end.
    private static func stretches(_ word: Substring) -> [Substring] {
        var parts: [Substring] = []
        var rest = word
        while let first = rest.first {
            parts.append(rest.prefix { isHan($0) == isHan(first) })
            rest = rest.dropFirst(parts[parts.count - 1].count)
        }
        return parts
    }
}
