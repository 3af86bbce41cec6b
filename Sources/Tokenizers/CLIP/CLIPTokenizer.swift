/// CLIP's tokenizer: text to the ids of a byte-pair vocabulary, equal to `CLIPTokenizer` of
/// transformers 5.
///
///     let tokenizer = try CLIPTokenizer(folder: "model/tokenizer")
///     let ids = tokenizer.encode("a red apple")  // [bos, …, eos, pad, …], modelMaxLength of them
public struct CLIPTokenizer: Sendable {
    /// The length of what `encode` returns: 77 for the published models.
    public let modelMaxLength: Int
    /// What every encoded text begins with: 49406 for the published models.
    public let bosID: Int32
    /// What every encoded text ends with, before the padding: 49407 for the published models.
    public let eosID: Int32
    /// What fills the rest: the end token in Stable Diffusion 1, token 0 ("!") in 2.
    public let padID: Int32
    /// The number of tokens, added ones included.
    public let vocabularySize: Int
    /// One more than the largest id: how many rows a table of embeddings must have. It is the
    /// number of tokens, unless a file leaves ids out.
    public let idLimit: Int

    /// Whether texts are cleaned first, as by the tokenizers of OpenAI's CLIP and OpenCLIP: wrongly
    /// decoded characters are repaired, HTML's references replaced, quotes made straight.
    public var cleansText = false

    let symbols: SymbolTable
    let encoding: BytePairEncoding
    let addedTokens: AddedTokens
    var placeholders = PlaceholderWords()
    let cache = WordCache()

    init(
        symbols: SymbolTable, encoding: BytePairEncoding, addedTokens: AddedTokens,
        special: (bos: Int32, eos: Int32, pad: Int32), modelMaxLength: Int
    ) {
        self.symbols = symbols
        self.encoding = encoding
        self.addedTokens = addedTokens
        (bosID, eosID, padID) = special
        self.modelMaxLength = modelMaxLength
        vocabularySize = symbols.count
        idLimit = symbols.idLimit
    }

    /// A text as the text encoder takes it: the start token, as many tokens as fit, the end token,
    /// and padding up to `modelMaxLength`.
    public func encode(_ text: String) -> [Int32] { encodeCounting(text).ids }

    /// `encode`, and how many tokens of the text did not fit (0 unless it was too long).
    public func encodeCounting(_ text: String) -> (ids: [Int32], truncated: Int) {
        let tokens = tokens(text)
        let kept = tokens.prefix(modelMaxLength - 2)
        let padding = modelMaxLength - 2 - kept.count
        let ids = [bosID] + kept + [eosID] + Array(repeating: padID, count: padding)
        return (ids, tokens.count - kept.count)
    }

    /// The ids of a text, however long, without start, end and padding.
    public func tokens(_ text: String) -> [Int32] {
        let text = cleansText ? OpenAIText.cleaned(text) : text
        var ids: [Int32] = []
        for piece in addedTokens.pieces(of: text) {
            switch piece {
            case .token(let id): ids.append(id)
            case .text(let scalars):
                for piece in placeholders.pieces(of: scalars) { ids += tokens(piece) }
            }
        }
        return ids
    }

    private func tokens(_ piece: PlaceholderWords.Piece) -> [Int32] {
        switch piece {
        case .ids(let ids): ids
        case .text(let scalars):
            CLIPText.words(Array(scalars)).flatMap { cache.ids(of: $0, encoding.encode) }
        }
    }

    /// The text of some ids, words separated by one space, without the special tokens unless
    /// asked for. Ids outside the vocabulary are left out; broken UTF-8 becomes U+FFFD.
    public func decode(_ ids: some Sequence<Int32>, skippingSpecialTokens: Bool = true) -> String {
        let special = Set(addedTokens.tokens.filter(\.special).map(\.id))
        var bytes: [UInt8] = []
        for id in ids where !(skippingSpecialTokens && special.contains(id)) {
            bytes += spelling(id).map(Self.bytes) ?? []
        }
        return Self.trimmed(String(decoding: Self.spaced(bytes), as: UTF8.self))
    }

    /// The symbol of an id as the vocabulary spells it, such as `apple</w>`.
    public func symbol(_ id: Int32) -> String? { symbols.symbol(id) }

    /// The id of a symbol as the vocabulary spells it, such as `<|endoftext|>`.
    public func id(_ symbol: String) -> Int32? { symbols[symbol] }

    /// What another vocabulary's symbol is here: itself where this one has it, or else the pieces
    /// that its letters fall into.
    public func pieces(of symbol: String) -> [Int32] {
        if let id = symbols[symbol] { return [id] }
        let (end, endsWord) = ("</w>", symbol.hasSuffix("</w>"))
        let letters = endsWord ? String(symbol.dropLast(end.count)) : symbol
        return encoding.encode(Self.bytes(of: letters), endsWord: endsWord)
    }

    private func spelling(_ id: Int32) -> String? {
        addedTokens.spelling(id) ?? symbols.symbol(id) ?? placeholders.spelling(id)
    }

    private static func bytes(of symbol: String) -> [UInt8] {
        var bytes: [UInt8] = []
        for scalar in symbol.unicodeScalars {
            guard let byte = ByteAlphabet.byte(scalar) else { return Array(symbol.utf8) }
            bytes.append(byte)
        }
        return bytes
    }

    /// Puts a space for every `</w>`; in bytes, because a combining mark after it would hide it
    /// from a search by characters.
    private static func spaced(_ bytes: [UInt8]) -> [UInt8] {
        let mark = Array("</w>".utf8)
        var result: [UInt8] = []
        for byte in bytes {
            result.append(byte)
            if byte == mark.last, result.suffix(mark.count) == mark[...] {
                result.replaceSubrange((result.count - mark.count)..., with: [0x20])
            }
        }
        return result
    }

    private static func trimmed(_ text: String) -> String {
        let scalars = text.unicodeScalars
        // Python's strip counts the four separators of ASCII as space, Unicode does not.
        let isSpace = { (scalar: Unicode.Scalar) in
            scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
        }
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }
}
