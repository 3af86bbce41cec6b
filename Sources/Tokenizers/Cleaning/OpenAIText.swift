/// How the tokenizers of OpenAI's CLIP and of OpenCLIP clean a text before they cut it; that of
/// transformers does not.
///
/// Source: `basic_clean` and `whitespace_clean` in OpenAI's `simple_tokenizer.py`, which call
/// ftfy's `fix_text` and Python's `html.unescape`, twice.
enum OpenAIText {
    static func cleaned(_ text: String) -> String {
        var scalars = Array(text.unicodeScalars)
        // Text that was read wrongly twice is repaired in two rounds, as in ftfy.
        for _ in 0..<4 {
            let before = scalars
            scalars = repaired(scalars)
            if scalars == before { break }
        }
        scalars = HTMLEntities.unescaped(HTMLEntities.unescaped(scalars))
        var result = String.UnicodeScalarView()
        result.append(contentsOf: lowercased(spaced(scalars)))
        return String(result)
    }

    /// One round of ftfy's `fix_text`, in its order.
    private static func repaired(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var text = text
        if !text.contains("<") { text = HTMLEntities.unescaped(text) }
        text = Mojibake.repaired(text)
        text = withoutTerminalEscapes(text)
        return NormalForm.composed(text.flatMap(plain))
    }

    /// A character in the form people type: straight quotes, ligatures taken apart, full-width
    /// letters and half-width kana at their usual width, no controls.
    private static func plain(_ scalar: Unicode.Scalar) -> [Unicode.Scalar] {
        switch scalar.value {
        case 0..<0x80 where !isControl(scalar): return [scalar]
        case 0x80..<0xA0: return [Windows1252.scalar(scalar.value) ?? scalar]
        case 0x2018...0x201B, 0x2BC: return ["'"]
        case 0x201C...0x201F: return ["\""]
        case 0x2028, 0x2029: return ["\n"]
        case 0x3000: return [" "]
        case 0xFF01...0xFF5E: return [Unicode.Scalar(scalar.value - 0xFEE0)!]
        case 0xFFA1...0xFFBE: return [halfWidthConsonants[Int(scalar.value) - 0xFFA1]]
        case 0xFFC2...0xFFDC where scalar.value % 8 >= 2:
            return [
                Unicode.Scalar(0x1161 + (scalar.value - 0xFFC0) / 8 * 6 + scalar.value % 8 - 2)!
            ]
        case 0xFF61...0xFF9F: return [halfWidthKana[Int(scalar.value) - 0xFF61]]
        default:
            if isControl(scalar) { return [] }
            return ligatures[scalar].map { Array($0.unicodeScalars) } ?? [scalar]
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x00...0x08, 0x0B, 0x0E...0x1F, 0x7F, 0x206A...0x206F, 0xFEFF, 0xFFF9...0xFFFC: true
        default: false
        }
    }

    /// Without what sets colours in a terminal: escape, bracket, numbers, letter.
    private static func withoutTerminalEscapes(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        guard text.contains("\u{1B}") else { return text }
        return text.replacing { text in
            guard text.starts(with: ["\u{1B}", "["]) else { return nil }
            let rest = text.dropFirst(2).drop { $0 == ";" || ("0"..."9").contains($0) }
            guard let letter = rest.first, letter.isASCII, letter.properties.isAlphabetic else {
                return nil
            }
            return ([], rest.startIndex + 1 - text.startIndex)
        }
    }

    /// Every run of white space as one space, none at the ends.
    private static func spaced(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for scalar in text {
            // Python counts the four separators of ASCII as space, Unicode does not.
            let isSpace =
                scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
            if !isSpace {
                result.append(scalar)
            } else if let last = result.last, last != " " {
                result.append(" ")
            }
        }
        return result.last == " " ? result.dropLast() : result
    }

    /// As Python's `lower`: a sigma at a word's end has its own form.
    private static func lowercased(_ text: [Unicode.Scalar]) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        for (index, scalar) in text.enumerated() {
            guard scalar == "Σ" else {
                result += Array(scalar.properties.lowercaseMapping.unicodeScalars)
                continue
            }
            func isCased(_ neighbours: some Sequence<Unicode.Scalar>) -> Bool {
                neighbours.first { !$0.properties.isCaseIgnorable }?.properties.isCased ?? false
            }
            let isLast =
                isCased(text[..<index].reversed()) && !isCased(text[(index + 1)...])
            result.append(isLast ? "ς" : "σ")
        }
        return result
    }

    private static let halfWidthKana = Array(
        ("。「」、・ヲァィゥェォャュョッーアイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモ"
            + "ヤユヨラリルレロワン\u{3099}\u{309A}").unicodeScalars)

    private static let halfWidthConsonants = Array(
        "ᄀᄁᆪᄂᆬᆭᄃᄄᄅᆰᆱᆲᆳᆴᆵᄚᄆᄇᄈᄡᄉᄊᄋᄌᄍᄎᄏᄐᄑᄒ".unicodeScalars)

    private static let ligatures: [Unicode.Scalar: String] = [
        "Ĳ": "IJ", "ĳ": "ij", "ŉ": "ʼn", "Ǳ": "DZ", "ǲ": "Dz", "ǳ": "dz", "Ǆ": "DŽ", "ǅ": "Dž",
        "ǆ": "dž", "Ǉ": "LJ", "ǈ": "Lj", "ǉ": "lj", "Ǌ": "NJ", "ǋ": "Nj", "ǌ": "nj", "ﬀ": "ff",
        "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ſt", "ﬆ": "st", "￠": "¢", "￡": "£",
        "￢": "¬", "￣": " \u{304}", "￤": "¦", "￥": "¥", "￦": "₩", "￨": "│", "￩": "←", "￪": "↑",
        "￫": "→", "￬": "↓", "￭": "■", "￮": "○",
    ]
}

extension [Unicode.Scalar] {
    /// The text with parts of it replaced.
    ///
    /// - Parameter part: What takes the place of a beginning of the rest, and how long that is, at
    ///   least 1; nil where nothing begins.
    func replacing(
        _ part: (ArraySlice<Unicode.Scalar>) -> (scalars: [Unicode.Scalar], length: Int)?
    ) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var rest = self[...]
        while let first = rest.first {
            if let found = part(rest) {
                result += found.scalars
                rest = rest.dropFirst(found.length)
            } else {
                result.append(first)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
