/// As many tokens as a text encoder takes at once: start, text, end and padding.
public struct TokenChunk: Sendable, Equatable {
    /// `modelMaxLength` of them.
    public let ids: [Int32]
    /// How much each counts; 1 for what is not text.
    public let weights: [Float]
    /// How many are text.
    public let textCount: Int

    /// Whether a token counts more or less than others.
    public var isWeighted: Bool { weights.contains { $0 != 1 } }
}

extension CLIPTokenizer {
    /// The most chunks of a text: beyond them a prompt is a mistake or an attack.
    public static let mostChunks = 64

    /// A text as a text encoder takes it, weights and all; from 1 to ``mostChunks`` chunks.
    ///
    /// Plain text that is cut gives the ids of ``encode(_:)``. Chunks are filled as the programs
    /// fill them whose syntax is read: AUTOMATIC1111's moves what follows a comma among the last 20
    /// tokens to the next chunk, ComfyUI keeps words of fewer than 8 pieces whole.
    public func chunks(
        _ text: String, _ emphasis: Emphasis, _ long: LongPrompts
    ) -> [TokenChunk] {
        let sections = emphasis.sections(of: text)
        var filler = ChunkFiller(self)
        switch long {
        case .cut:
            for stretch in sections.joined() { filler.add(tokens(stretch.text), stretch.weight) }
            return [filler.chunk]
        case .chunk where emphasis == .comfy:
            for stretch in sections.joined() { filler.add(groups: stretch) }
        case .chunk:
            for (index, section) in sections.enumerated() {
                if index > 0 { filler.close() }
                for stretch in section { filler.add(words: stretch) }
            }
        }
        return Array(filler.finished.prefix(Self.mostChunks))
    }

    /// The tokens of a text that have no place in its chunks.
    public func leftOut(
        _ text: String, _ emphasis: Emphasis, _ long: LongPrompts
    ) -> [Int32] {
        let all = emphasis.sections(of: text).joined().flatMap { tokens($0.text) }
        let kept = chunks(text, emphasis, long).reduce(0) { $0 + $1.textCount }
        return Array(all.dropFirst(kept))
    }

    /// A chunk without text.
    public var emptyChunk: TokenChunk { ChunkFiller(self).chunk }
}

/// Fills chunks with the tokens of a text, one after the other.
private struct ChunkFiller {
    private static let commaReach = 20
    private static let longestWhole = 7

    private let tokenizer: CLIPTokenizer
    private let room: Int
    private let comma: Int32?
    private var done: [TokenChunk] = []
    private var tokens: [(id: Int32, weight: Float)] = []
    /// Where the chunk's last comma is.
    private var lastComma: Int?

    init(_ tokenizer: CLIPTokenizer) {
        self.tokenizer = tokenizer
        room = tokenizer.modelMaxLength - 2
        comma = tokenizer.id(",</w>")
    }

    /// The tokens at hand, as far as they fit.
    var chunk: TokenChunk {
        let kept = tokens.prefix(room)
        let padding = room - kept.count
        return TokenChunk(
            ids: [tokenizer.bosID] + kept.map(\.id) + [tokenizer.eosID]
                + Array(repeating: tokenizer.padID, count: padding),
            weights: [1] + kept.map(\.weight) + Array(repeating: 1, count: padding + 1),
            textCount: kept.count)
    }

    /// All chunks; the last may be empty only where it is the only one.
    var finished: [TokenChunk] { tokens.isEmpty && !done.isEmpty ? done : done + [chunk] }

    /// Ends a chunk.
    mutating func close() {
        done.append(chunk)
        tokens = []
        lastComma = nil
    }

    /// Tokens wherever they come to lie.
    mutating func add(_ ids: [Int32], _ weight: Double) {
        tokens += ids.map { ($0, Float(weight)) }
    }

    /// A stretch as AUTOMATIC1111 lays it into chunks.
    mutating func add(words stretch: WeightedText) {
        for word in tokenizer.words(stretch.text) {
            if word.isWhole, word.ids.count <= room, tokens.count + word.ids.count > room {
                close()
            }
            for id in word.ids { add(id, Float(stretch.weight)) }
        }
    }

    private mutating func add(_ id: Int32, _ weight: Float) {
        if id == comma {
            lastComma = tokens.count
        } else if tokens.count == room, let comma = lastComma,
            tokens.count - comma <= Self.commaReach
        {
            let moved = tokens[(comma + 1)...]
            tokens.removeSubrange((comma + 1)...)
            close()
            tokens = Array(moved)
        }
        if tokens.count == room { close() }
        tokens.append((id, weight))
    }

    /// A stretch as ComfyUI lays it into chunks: by what stands between spaces.
    mutating func add(groups stretch: WeightedText) {
        for group in stretch.text.split(whereSeparator: { $0 == " " || $0.isNewline }) {
            let ids = tokenizer.tokens(String(group))
            if ids.count <= Self.longestWhole, tokens.count + ids.count > room { close() }
            for id in ids {
                if tokens.count == room { close() }
                add([id], stretch.weight)
            }
        }
    }
}
