extension CLIPTokenizer {
    /// A word as the tokenizer cuts a text into words, and the pieces that it knows it by.
    public struct Word: Sendable, Equatable {
        /// Normalised: in lower case.
        public let text: String
        /// One a piece.
        public let ids: [Int32]
        /// Whether it stands for learnt vectors or is a token found whole, so that its ids belong
        /// together.
        public let isWhole: Bool
    }

    /// The words of a text; their ids one after the other are ``tokens(_:)``.
    public func words(_ text: String) -> [Word] {
        let text = cleansText ? OpenAIText.cleaned(text) : text
        return addedTokens.pieces(of: text).flatMap { piece -> [Word] in
            switch piece {
            case .token(let id): return [whole([id])]
            case .text(let scalars):
                return placeholders.pieces(of: scalars).flatMap { piece -> [Word] in
                    switch piece {
                    case .ids(let ids): return [whole(ids)]
                    case .text(let scalars):
                        return CLIPText.words(Array(scalars)).map {
                            Word(
                                text: String(decoding: $0, as: UTF8.self),
                                ids: cache.ids(of: $0, encoding.encode), isWhole: false)
                        }
                    }
                }
            }
        }
    }

    private func whole(_ ids: [Int32]) -> Word {
        Word(text: decode(ids, skippingSpecialTokens: false), ids: ids, isWhole: true)
    }
}
