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

    private static func isHan(_ character: Character) -> Bool {
        character.unicodeScalars.first.map {
            (0x3400...0x9FFF).contains($0.value) || (0x20000...0x3FFFF).contains($0.value)
        } ?? false
    }
}
