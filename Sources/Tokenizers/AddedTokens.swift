/// Tokens that are found whole in a text before it is cut into words: the special ones, and the
/// placeholders of textual inversion.
struct AddedTokens: Sendable {
    struct Token: Sendable {
        let content: String
        let id: Int32
        /// Whether the token is looked for in the normalised text (so in any case) instead of the
        /// text as it was written.
        let normalized: Bool
        /// Whether decoding may leave it out.
        let special: Bool
    }

    /// A stretch of text, or a token found between two of them.
    enum Piece {
        case text(ArraySlice<Unicode.Scalar>)
        case token(Int32)
    }

    let tokens: [Token]
    private let written: [(scalars: [Unicode.Scalar], id: Int32)]
    private let normalized: [(scalars: [Unicode.Scalar], id: Int32)]

    init(_ tokens: [Token]) {
        self.tokens = tokens
        // Longest first, so that the leftmost longest one is found.
        func table(_ tokens: [Token], _ scalars: (Token) -> [Unicode.Scalar])
            -> [(scalars: [Unicode.Scalar], id: Int32)]
        {
            tokens.map { (scalars($0), $0.id) }.filter { !$0.0.isEmpty }
                .sorted { $0.0.count > $1.0.count }
        }
        written = table(tokens.filter { !$0.normalized }) { Array($0.content.unicodeScalars) }
        normalized = table(tokens.filter(\.normalized)) {
            CLIPText.normalized($0.content.unicodeScalars)
        }
    }

    /// How decoding writes a token that is looked for in normalised text: normalised.
    func spelling(_ id: Int32) -> String? {
        guard let token = normalized.first(where: { $0.id == id }) else { return nil }
        return String(String.UnicodeScalarView(token.scalars))
    }

    /// Cuts a text at the tokens in it and normalises what is left.
    func pieces(of text: String) -> [Piece] {
        Self.split(Array(text.unicodeScalars)[...], at: written).flatMap { piece in
            guard case .text(let scalars) = piece else { return [piece] }
            return Self.split(CLIPText.normalized(scalars)[...], at: normalized)
        }
    }

    private static func split(
        _ text: ArraySlice<Unicode.Scalar>, at tokens: [(scalars: [Unicode.Scalar], id: Int32)]
    ) -> [Piece] {
        let firsts = tokens.map { $0.scalars[0] }
        var pieces: [Piece] = []
        var start = text.startIndex
        var position = start
        while position < text.endIndex {
            guard firsts.contains(text[position]),
                let match = tokens.first(where: { text[position...].starts(with: $0.scalars) })
            else {
                position += 1
                continue
            }
            if start < position { pieces.append(.text(text[start..<position])) }
            pieces.append(.token(match.id))
            position += match.scalars.count
            start = position
        }
        if start < position { pieces.append(.text(text[start..<position])) }
        return pieces
    }
}
