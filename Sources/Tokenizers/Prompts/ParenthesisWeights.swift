/// The weights of ComfyUI's syntax: `(w)` counts 1.1 times what is around it, `(w:1.3)` 1.3 times
/// whatever is around it. What is not closed is text, and `\(` and `\)` are.
enum ParenthesisWeights {
    /// Parentheses deeper than that are text.
    private static let deepest = 64

    static func stretches(of text: String) -> [WeightedText] {
        var stretches: [WeightedText] = []
        read(Array(text.unicodeScalars)[...], 1, depth: 0, into: &stretches)
        return stretches.isEmpty ? [WeightedText("")] : stretches
    }

    private static func read(
        _ text: ArraySlice<Unicode.Scalar>, _ weight: Double, depth: Int,
        into stretches: inout [WeightedText]
    ) {
        for part in parts(of: text) {
            guard depth < deepest, part.count > 1, part.first == "(", part.last == ")",
                !isEscaped(part, part.endIndex - 1)
            else {
                stretches.append(WeightedText(unescaped(part), weight: weight))
                continue
            }
            var (inner, own) = (part.dropFirst().dropLast(), weight * 1.1)
            if let colon = inner.lastIndex(of: ":"), colon > inner.startIndex,
                let value = number(inner[(colon + 1)...])
            {
                (inner, own) = (inner[..<colon], value)
            }
            read(inner, own, depth: depth + 1, into: &stretches)
        }
    }

    /// What stands within outermost parentheses, with them, and what stands between.
    private static func parts(of text: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        var parts: [ArraySlice<Unicode.Scalar>] = []
        var (start, depth) = (text.startIndex, 0)
        func add(_ end: Int) {
            if start < end { parts.append(text[start..<end]) }
            start = end
        }
        for place in text.indices where !isEscaped(text, place) {
            switch text[place] {
            case "(":
                if depth == 0 { add(place) }
                depth += 1
            case ")":
                depth -= 1
                if depth == 0 { add(place + 1) }
            default: break
            }
        }
        add(text.endIndex)
        return parts
    }

    private static func isEscaped(_ text: ArraySlice<Unicode.Scalar>, _ place: Int) -> Bool {
        place > text.startIndex && text[place - 1] == "\\"
            && "()".unicodeScalars.contains(text[place])
    }

    private static func unescaped(_ text: ArraySlice<Unicode.Scalar>) -> String {
        let kept = text.indices.filter { place in
            !(text[place] == "\\" && place + 1 < text.endIndex
                && "()".unicodeScalars.contains(text[place + 1]))
        }
        return String(String.UnicodeScalarView(kept.map { text[$0] }))
    }

    /// The whole of a text as a number.
    private static func number(_ text: ArraySlice<Unicode.Scalar>) -> Double? {
        let text = text.drop { $0.properties.isWhitespace }
        guard let last = text.lastIndex(where: { !$0.properties.isWhitespace }),
            text.allSatisfy({ "+-.0123456789eE ".unicodeScalars.contains($0) }),
            let value = Double(String(String.UnicodeScalarView(text[...last]))),
            Float(value).isFinite
        else { return nil }
        return value
    }
}
