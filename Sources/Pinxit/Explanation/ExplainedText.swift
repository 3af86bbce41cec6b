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
        let cut = CutText(text, tokenizer, reading)
        let shares = maps.shares
        let tokens = cut.tokens.map { token in
            var token = token
            token.share = token.position < shares.count ? shares[token.position] : 0
            return token
        }
        let words = cut.words.map { unit, places in
            let own = tokens[places].filter { $0.kind == .text }
            return PictureExplanation.Word(
                text: unit.text, tokens: places, isJoined: unit.isJoined,
                map: HeatMap(meanOf: own.map { maps.map($0.position) }),
                share: own.reduce(0) { $0 + $1.share })
        }
        self.init(
            text: text, weight: weight, tokens: tokens, words: words,
            paddingShare: max(0, 1 - tokens.reduce(0) { $0 + $1.share }))
    }

    /// - Parameters:
    ///   - cut: Of a text without weights.
    ///   - picture: What was painted of it.
    ///   - others: What is painted without each of its words.
    init(_ cut: CutText, _ picture: Picture, without others: [Picture]) {
        let maps = others.map { HeatMap(differenceOf: picture, $0) }
        let all = max(maps.reduce(0) { $0 + $1.mean }, .leastNormalMagnitude)
        var (tokens, words) = (cut.tokens, [PictureExplanation.Word]())
        for (place, (unit, places)) in cut.words.enumerated() {
            let share = maps[place].mean / all
            words.append(
                PictureExplanation.Word(
                    text: unit.text, tokens: places, isJoined: unit.isJoined, map: maps[place],
                    share: share, without: others[place]))
            for token in places { tokens[token].share = share / Double(places.count) }
        }
        self.init(text: cut.text, weight: 1, tokens: tokens, words: words, paddingShare: 0)
    }
}

/// A text as a tokenizer cuts it, before anybody looked at it.
struct CutText {
    let text: String
    /// Without the padding; nothing fell on them yet.
    let tokens: [PictureExplanation.Token]
    /// The words that have a place among the tokens, and which.
    let words: [(unit: TextUnit, tokens: Range<Int>)]

    init(_ text: String, _ tokenizer: CLIPTokenizer, _ reading: TextReading) {
        let chunks = tokenizer.chunks(text, reading.emphasis, reading.longPrompts)
        var tokens: [PictureExplanation.Token] = []
        for (number, chunk) in chunks.enumerated() {
            for place in 0..<chunk.textCount + 2 {
                tokens.append(
                    PictureExplanation.Token(
                        kind: place == 0 ? .start : place > chunk.textCount ? .end : .text,
                        id: chunk.ids[place], symbol: tokenizer.readableSymbol(chunk.ids[place]),
                        // As it was written, not what f32 makes of it.
                        weight: Double("\(chunk.weights[place])") ?? 1,
                        position: number * chunk.ids.count + place, share: 0))
            }
        }
        let places = tokens.indices.filter { tokens[$0].kind == .text }
        var (words, next) = ([(unit: TextUnit, tokens: Range<Int>)](), 0)
        for unit in tokenizer.units(of: text, reading) where next + unit.count <= places.count {
            words.append((unit, places[next]..<places[next + unit.count - 1] + 1))
            next += unit.count
        }
        (self.text, self.tokens, self.words) = (text, tokens, words)
    }

    /// The text without one of its words.
    func without(_ word: Int) -> String {
        words.indices.filter { $0 != word }.reduce("") { text, index in
            let unit = words[index].unit
            return text.isEmpty || unit.isJoined ? text + unit.text : "\(text) \(unit.text)"
        }
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
