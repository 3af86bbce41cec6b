/// Words that stand for learnt vectors (textual inversion), each for one id a vector.
///
/// They are found whole in the normalised text, so in any case, before it is cut into words. Unlike
/// the added tokens of transformers they are not found inside other words: `ink` is not in `drink`.
struct PlaceholderWords: Sendable {
    private struct Entry: Sendable {
        let spelling: String
        let scalars: [Unicode.Scalar]
        let ids: [Int32]
    }

    /// A stretch of text, or a word between two of them.
    enum Piece {
        case text(ArraySlice<Unicode.Scalar>)
        case ids([Int32])
    }

    /// Longest first.
    private var entries: [Entry] = []

    /// A word that is there already gets the new ids.
    mutating func add(_ word: String, ids: [Int32]) {
        let scalars = CLIPText.normalized(word.unicodeScalars)
        entries.removeAll { $0.scalars == scalars }
        entries.append(Entry(spelling: word, scalars: scalars, ids: ids))
        entries.sort { $0.scalars.count > $1.scalars.count }
    }

    /// The words, in no order.
    var all: [String] { entries.map(\.spelling) }

    /// How an id is written: the first of a word as the word, the others as nothing.
    func spelling(_ id: Int32) -> String? {
        // Of several names the shortest.
        guard let entry = entries.last(where: { $0.ids.contains(id) }) else { return nil }
        return entry.ids.first == id ? "\(entry.spelling)</w>" : ""
    }

    /// Cuts a normalised text at the words in it.
    func pieces(of text: ArraySlice<Unicode.Scalar>) -> [Piece] {
        guard !entries.isEmpty else { return [.text(text)] }
        var pieces: [Piece] = []
        var (start, position) = (text.startIndex, text.startIndex)
        while position < text.endIndex {
            guard let entry = entries.first(where: { Self.isWord($0.scalars, at: position, text) })
            else {
                position += 1
                continue
            }
            if start < position { pieces.append(.text(text[start..<position])) }
            pieces.append(.ids(entry.ids))
            position += entry.scalars.count
            start = position
        }
        if start < position { pieces.append(.text(text[start..<position])) }
        return pieces
    }

    private static func isWord(
        _ word: [Unicode.Scalar], at position: Int, _ text: ArraySlice<Unicode.Scalar>
    ) -> Bool {
        guard let first = word.first, let last = word.last, text[position] == first,
            text[position...].starts(with: word)
        else { return false }
        let end = position + word.count
        let joinsBefore =
            position > text.startIndex && isOfWords(first) && isOfWords(text[position - 1])
        let joinsAfter = end < text.endIndex && isOfWords(last) && isOfWords(text[end])
        return !joinsBefore && !joinsAfter
    }

    private static func isOfWords(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }
}

extension CLIPTokenizer {
    /// Adds a word that stands for learnt vectors, one id each; found in any case, not inside other
    /// words.
    ///
    /// - Parameter ids: None of the vocabulary's.
    public mutating func add(word: String, ids: [Int32]) { placeholders.add(word, ids: ids) }
}

/// Whether a text has a word as ``CLIPTokenizer/add(word:ids:)`` finds it.
package func isWord(_ word: String, in text: String) -> Bool {
    var words = PlaceholderWords()
    words.add(word, ids: [0])
    return words.pieces(of: CLIPText.normalized(text.unicodeScalars)[...]).contains { piece in
        if case .ids = piece { true } else { false }
    }
}
