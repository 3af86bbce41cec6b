import PinxitCLIP
import PinxitImages
import PinxitTokenizers

extension PictureExplanation.Text {
    /// - Parameters:
    ///   - text: With its weights.
    ///   - maps: What was looked at of it.
    init(
        _ text: String, weight: Double, _ tokenizer: CLIPTokenizer, _ reading: TextReading,
        _ maps: TokenMaps
    ) {
        let chunks = tokenizer.chunks(text, reading.emphasis, reading.longPrompts)
        let shares = maps.shares
        var tokens: [PictureExplanation.Token] = []
        for (number, chunk) in chunks.enumerated() {
            for place in 0..<chunk.textCount + 2 {
                let position = number * chunk.ids.count + place
                tokens.append(
                    PictureExplanation.Token(
                        kind: place == 0 ? .start : place > chunk.textCount ? .end : .text,
                        id: chunk.ids[place], symbol: tokenizer.readableSymbol(chunk.ids[place]),
                        // As it was written, not what f32 makes of it.
                        weight: Double("\(chunk.weights[place])") ?? 1, position: position,
                        share: position < shares.count ? shares[position] : 0))
            }
        }
        let units = tokenizer.units(of: text, reading)
        self.init(
            text: text, weight: weight, tokens: tokens, words: Self.words(units, tokens, maps),
            paddingShare: max(0, 1 - tokens.reduce(0) { $0 + $1.share }))
    }

    /// The words that have a place among the tokens.
    private static func words(
        _ units: [TextUnit], _ tokens: [PictureExplanation.Token], _ maps: TokenMaps
    ) -> [PictureExplanation.Word] {
        let places = tokens.indices.filter { tokens[$0].kind == .text }
        var (words, next) = ([PictureExplanation.Word](), 0)
        for unit in units where next + unit.count <= places.count {
            let own = places[next..<next + unit.count].map { tokens[$0] }
            let map = HeatMap(meanOf: own.map { maps.map($0.position) })
            words.append(
                PictureExplanation.Word(
                    text: unit.text, tokens: places[next]..<places[next + unit.count - 1] + 1,
                    isJoined: unit.isJoined, map: map, share: own.reduce(0) { $0 + $1.share }))
            next += unit.count
        }
        return words
    }
}

/// A stretch of a text that is looked at as one.
struct TextUnit: Equatable {
    let text: String
    /// Of tokens.
    let count: Int
    let isJoined: Bool
}

extension CLIPTokenizer {
    /// The words of a text, and of Chinese, which has no spaces, its tokens, as far as they are
    /// whole characters.
    func units(of text: String, _ reading: TextReading) -> [TextUnit] {
        reading.emphasis.sections(of: text).joined().flatMap { stretch in
            words(stretch.text).flatMap { word in
                word.text.unicodeScalars.contains { $0.value >= 0x2E80 }
                    ? characters(of: word)
                    : [TextUnit(text: word.text, count: word.ids.count, isJoined: false)]
            }
        }
    }

    private func characters(of word: Word) -> [TextUnit] {
        var (units, ids) = ([TextUnit](), [Int32]())
        for (place, id) in word.ids.enumerated() {
            ids.append(id)
            let text = decode(ids, skippingSpecialTokens: false)
            guard !text.contains("\u{FFFD}") || place == word.ids.count - 1 else { continue }
            units.append(
                TextUnit(
                    text: text.filter { !$0.isWhitespace }, count: ids.count,
                    isJoined: !units.isEmpty))
            ids = []
        }
        return units
    }
}
