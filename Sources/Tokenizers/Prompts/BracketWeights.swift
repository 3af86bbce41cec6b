/// The weights of AUTOMATIC1111's syntax, as its documentation has them: `(w)` counts 1.1 times,
/// `[w]` as much less, `(w:1.3)` 1.3 times; brackets within brackets multiply. What is not closed
/// reaches to the end, and what was not opened is text. A backslash makes a bracket or a backslash
/// text.
struct BracketWeights {
    /// Brackets deeper than that are text: the work stays linear.
    private static let deepest = 64

    /// A stretch, or nil for a `BREAK`.
    private var pieces: [WeightedText?] = []
    private var round: [Int] = []
    private var square: [Int] = []

    static func sections(of text: String) -> [[WeightedText]] {
        var parser = BracketWeights()
        parser.read(Array(text.unicodeScalars))
        return parser.sections
    }

    private mutating func read(_ scalars: [Unicode.Scalar]) {
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "\\":
                // Before anything else a backslash is text; AUTOMATIC1111 drops it.
                if position < scalars.count, "()[]\\".unicodeScalars.contains(scalars[position]) {
                    pieces.append(WeightedText(String(scalars[position])))
                    position += 1
                } else {
                    pieces.append(WeightedText("\\"))
                }
            case "(" where round.count < Self.deepest: round.append(pieces.count)
            case "[" where square.count < Self.deepest: square.append(pieces.count)
            case ")" where !round.isEmpty: close(round.removeLast(), 1.1)
            case "]" where !square.isEmpty: close(square.removeLast(), 1 / 1.1)
            case ":":
                guard !round.isEmpty, let weight = Self.weight(scalars, at: position) else {
                    fallthrough
                }
                close(round.removeLast(), weight.value)
                position = weight.end
            default:
                let end = scalars[position...].firstIndex { "\\()[]:".unicodeScalars.contains($0) }
                let text = scalars[position - 1..<(end ?? scalars.count)]
                append(text)
                position = end ?? scalars.count
            }
        }
        for start in round { close(start, 1.1) }
        for start in square { close(start, 1 / 1.1) }
    }

    private mutating func close(_ start: Int, _ factor: Double) {
        for place in start..<pieces.count { pieces[place]?.weight *= factor }
    }

    /// `1.3)` behind a colon, with spaces where they may stand.
    private static func weight(
        _ scalars: [Unicode.Scalar], at start: Int
    ) -> (value: Double, end: Int)? {
        func skippingSpaces(_ start: Int) -> Int {
            scalars[start...].firstIndex { !$0.properties.isWhitespace } ?? scalars.count
        }
        let first = skippingSpaces(start)
        let rest = scalars[first...]
        let end =
            rest.indices.first { place in
                let isSign = place == first && "+-".unicodeScalars.contains(rest[place])
                return !isSign && !".0123456789".unicodeScalars.contains(rest[place])
            } ?? scalars.count
        let closing = skippingSpaces(end)
        guard closing < scalars.count, scalars[closing] == ")",
            let value = Double(String(String.UnicodeScalarView(rest[..<end]))),
            Float(value).isFinite
        else { return nil }
        return (value, closing + 1)
    }

    /// A text without brackets, cut where `BREAK` stands as a word.
    private mutating func append(_ text: ArraySlice<Unicode.Scalar>) {
        let parts = text.parted(byWord: "BREAK", takingSpaces: true)
        for (index, part) in parts.enumerated() {
            if index > 0 { pieces.append(nil) }
            pieces.append(WeightedText(String(String.UnicodeScalarView(part))))
        }
    }

    /// Neighbours of one weight are one stretch.
    private var sections: [[WeightedText]] {
        var sections: [[WeightedText]] = [[]]
        for piece in pieces {
            guard let piece else {
                sections.append([])
                continue
            }
            let last = sections.count - 1
            if let end = sections[last].indices.last, sections[last][end].weight == piece.weight {
                sections[last][end].text += piece.text
            } else {
                sections[last].append(piece)
            }
        }
        return sections.map { $0.isEmpty ? [WeightedText("")] : $0 }
    }
}

extension ArraySlice<Unicode.Scalar> {
    /// The parts between the places where a word stands alone.
    ///
    /// - Parameter takingSpaces: Whether spaces around it belong to it.
    func parted(byWord word: String, takingSpaces: Bool = false) -> [ArraySlice] {
        let word = Array(word.unicodeScalars)
        var parts: [ArraySlice] = []
        var (start, position) = (startIndex, startIndex)
        while position + word.count <= endIndex {
            let end = position + word.count
            guard self[position..<end].elementsEqual(word),
                position == startIndex || !self[position - 1].isOfWords,
                end == endIndex || !self[end].isOfWords
            else {
                position += 1
                continue
            }
            var part = self[start..<position]
            var next = end
            if takingSpaces {
                while part.last?.properties.isWhitespace == true { part.removeLast() }
                while next < endIndex, self[next].properties.isWhitespace { next += 1 }
            }
            parts.append(part)
            (start, position) = (next, next)
        }
        return parts + [self[start...]]
    }
}

extension Unicode.Scalar {
    /// Whether it may be a part of a word: a letter, a digit or a low line.
    fileprivate var isOfWords: Bool {
        self == "_" || properties.isAlphabetic || properties.numericType != nil
    }
}
