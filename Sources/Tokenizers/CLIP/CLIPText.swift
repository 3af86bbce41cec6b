/// How CLIP's tokenizer cleans a text and cuts it into words, as in transformers 5
/// (`models/clip/tokenization_clip.py`).
enum CLIPText {
    /// Form C, every run of white space as one space, lower case scalar by scalar (so a Greek
    /// final sigma stays σ).
    static func normalized(_ text: some Sequence<Unicode.Scalar>) -> [Unicode.Scalar] {
        var result: [Unicode.Scalar] = []
        var afterSpace = false
        for scalar in NormalForm.composed(text) {
            let isSpace = scalar.properties.isWhitespace
            if !isSpace {
                appendLowercased(scalar, to: &result)
            } else if !afterSpace {
                result.append(" ")
            }
            afterSpace = isSpace
        }
        return result
    }

    private static func appendLowercased(
        _ scalar: Unicode.Scalar, to result: inout [Unicode.Scalar]
    ) {
        switch scalar.value {
        case 0x41...0x5A: result.append(Unicode.Scalar(scalar.value + 0x20)!)
        case 0..<0x80, 0x3000...0x9FFF: result.append(scalar)
        default: result += scalar.properties.lowercaseMapping.unicodeScalars
        }
    }

    /// The words of a normalised text, each as UTF-8, by the pattern
    ///
    ///     <\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^\s\p{L}\p{N}]+
    ///
    /// The two names of special tokens only bound the words beside them: what the pattern finds is
    /// cut again at the borders of letters.
    static func words(_ text: [Unicode.Scalar]) -> [[UInt8]] {
        var words: [[UInt8]] = []
        var position = 0
        while position < text.count {
            if let length = fixedLength(text, at: position) {
                appendRuns(of: text[position..<position + length], to: &words)
                position += length
                continue
            }
            let kind = Kind(text[position])
            var end = position + 1
            if kind == .letter || kind == .other {
                while end < text.count, Kind(text[end]) == kind { end += 1 }
            }
            if kind != .space { words.append(utf8(text[position..<end])) }
            position = end
        }
        return words
    }

    private enum Kind {
        case space, letter, number, other

        init(_ scalar: Unicode.Scalar) {
            switch scalar.value {
            case 0x61...0x7A, 0x4E00...0x9FFF: self = .letter
            case 0x20: self = .space
            case 0x30...0x39: self = .number
            case 0..<0x80: self = .other
            default: self.init(category: scalar)
            }
        }

        private init(category scalar: Unicode.Scalar) {
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter,
                .otherLetter:
                self = .letter
            case .decimalNumber, .letterNumber, .otherNumber: self = .number
            default: self = scalar.properties.isWhitespace ? .space : .other
            }
        }
    }

    private static let contractions = ["'s", "'t", "'re", "'ve", "'m", "'ll", "'d"]
        .map { Array($0.unicodeScalars) }
    private static let markers = ["<|startoftext|>", "<|endoftext|>"]
        .map { Array($0.unicodeScalars) }

    /// The length of the contraction or marker at a position.
    private static func fixedLength(_ text: [Unicode.Scalar], at position: Int) -> Int? {
        let candidates: [[Unicode.Scalar]]
        switch text[position] {
        case "'": candidates = contractions
        case "<": candidates = markers
        default: return nil
        }
        return candidates.first { text[position...].starts(with: $0) }?.count
    }

    /// A contraction is one word; a marker falls apart into `<|`, its letters and `|>`.
    private static func appendRuns(of text: ArraySlice<Unicode.Scalar>, to words: inout [[UInt8]]) {
        guard text.first == "<" else { return words.append(utf8(text)) }
        words.append(utf8(text.prefix(2)))
        words.append(utf8(text.dropFirst(2).dropLast(2)))
        words.append(utf8(text.suffix(2)))
    }

    static func utf8(_ scalars: ArraySlice<Unicode.Scalar>) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(scalars.count)
        for scalar in scalars { bytes += UTF8.encode(scalar)! }
        return bytes
    }
}
