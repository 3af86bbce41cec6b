/// Words as the index of the history keeps them and as a search asks for them: Han characters
/// stand alone, since Chinese has no spaces, and what follows one another is found as a phrase.
enum SearchWords {
    /// What is kept of a text.
    static func stored(_ text: String) -> String {
        text.map { isHan($0) ? " \($0) " : String($0) }.joined()
    }

    /// What is asked of the index; nil for a search without words. A stretch of Han characters is a
    /// phrase; any other word is found by its beginning.
    static func query(_ text: String) -> String? {
        let stretches = stretches(text)
        guard !stretches.isEmpty else { return nil }
        return stretches.map { stretch in
            stretch.isHan
                ? "\"" + stretch.words.joined(separator: " ") + "\""
                : "\"\(stretch.words.joined())\"*"
        }.joined(separator: " ")
    }

    private static func isHan(_ character: Character) -> Bool {
        character.unicodeScalars.first.map {
            (0x3400...0x9FFF).contains($0.value) || (0x20000...0x3FFFF).contains($0.value)
        } ?? false
    }
}

// The same for PostgreSQL, whose own parser would cut by the rules of a language.
extension SearchWords {
    /// Words with their places, as a `tsvector` is written.
    static func lexemes(_ text: String) -> String {
        stretches(text).flatMap(\.words).enumerated()
            .map { "'\($1)':\(min($0 + 1, 16383))" }.joined(separator: " ")
    }

    /// What is asked of it, as a `tsquery` is written; nil for a search without words.
    static func lexemeQuery(_ text: String) -> String? {
        let stretches = stretches(text)
        guard !stretches.isEmpty else { return nil }
        return stretches.map { stretch in
            stretch.isHan
                ? "(" + stretch.words.map { "'\($0)'" }.joined(separator: " <-> ") + ")"
                : "'\(stretch.words.joined())':*"
        }.joined(separator: " & ")
    }
}

// What both cut a text into.
extension SearchWords {
    /// One word, or Han characters that follow one another.
    private struct Stretch {
        let isHan: Bool
        let words: [String]
    }

    /// The most bytes of a word that count. In its decomposed form it has at most three times as
    /// many, and PostgreSQL takes words of 2046.
    private static let longest = 600

    /// Words in small letters and without marks, cut where Han characters begin and end. None is
    /// empty.
    private static func stretches(_ text: String) -> [Stretch] {
        withoutMarks(text.lowercased()).split { !($0.isLetter || $0.isNumber) }.flatMap { word in
            var (all, rest) = ([Stretch](), word)
            while let first = rest.first {
                let isHan = isHan(first)
                let part = rest.prefix { Self.isHan($0) == isHan }
                rest = rest[part.endIndex...]
                let words = isHan ? part.indices.map { part[$0...$0] } : [part]
                all.append(Stretch(isHan: isHan, words: words.map { plain($0) }))
            }
            return all
        }
    }

    /// Without marks of their own, of which one character can have any number, and which alone
    /// count as a letter, too. Letters with a mark lose it in the database.
    private static func withoutMarks(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { !isMark($0) }))
    }

    private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
        (0x300...0x36F).contains(scalar.value)
    }

    /// The part that counts. Some letters make one character with a quotation mark behind them,
    /// which has a meaning in what is written.
    private static func plain(_ word: Substring) -> String {
        var bytes = 0
        let part = word.unicodeScalars.prefix { scalar in
            bytes += UTF8.width(scalar)
            return bytes <= longest
        }
        return String(
            String.UnicodeScalarView(part.filter { !"'\"\\".unicodeScalars.contains($0) }))
    }
}
