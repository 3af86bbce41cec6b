/// A text as rules look at it: without what hides words, and in forms that writers evade with.
struct PolicyText {
    /// What ends a stretch in which words may follow one another.
    private static let gap: Character = " "

    /// Latin words, in lower case.
    let words: [String]
    /// Everything in one form, words parted by one space each.
    let plain: String

    /// - Parameter same: Characters that stand for others, such as traditional for simplified ones.
    init(_ text: String, same: [Character: Character]) {
        var plain = ""
        for scalar in text.unicodeScalars {
            guard let skeleton = Self.skeleton(scalar) else { continue }
            plain.append(same[skeleton] ?? skeleton)
        }
        self.init(plain: Self.joined(plain))
    }

    private init(plain: String) {
        self.plain = plain
        words = plain.split(separator: Self.gap).flatMap { Self.latin($0) }
    }

    /// The same where digits and signs stand for letters: "p0rn".
    var unmasked: PolicyText {
        let parts = plain.split(separator: Self.gap, omittingEmptySubsequences: false).map { word in
            word.contains(where: \.isASCIILetter)
                ? String(word.map { Self.letters[$0] ?? $0 }) : String(word)
        }
        return PolicyText(plain: parts.joined(separator: " "))
    }

    /// Without phrases that are innocent.
    func without(_ phrases: [PolicyPhrase]) -> PolicyText {
        var text = self
        for phrase in phrases where phrase.isFound(in: text) { text = phrase.removed(from: text) }
        return text
    }

    func with(words: [String]) -> PolicyText { PolicyText(plain: words.joined(separator: " ")) }
    func with(plain: String) -> PolicyText { PolicyText(plain: plain) }

    private static let letters: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t",
    ]

    /// The letters of a stretch; Han stands between them.
    private static func latin(_ word: Substring) -> [String] {
        word.split { $0.isHan }.map(String.init)
    }

    /// Single signs one behind the other are a word that somebody took apart: "p o r n", "色 情".
    private static func joined(_ text: String) -> String {
        var parts: [String] = []
        var singles: [Substring] = []
        func close() {
            let isWord =
                singles.count > 2 || singles.count == 2 && singles.allSatisfy { $0.first!.isHan }
            // What is drawn in a row, such as noughts and crosses, is none.
            if isWord, Set(singles).count > 1 {
                parts.append(singles.joined())
            } else {
                parts += singles.map(String.init)
            }
            singles = []
        }
        for part in text.split(separator: gap) {
            if part.count == 1 {
                singles.append(part)
            } else {
                close()
                parts.append(String(part))
            }
        }
        close()
        return parts.joined(separator: " ")
    }

    /// The plain letter that a scalar is a form of; nil for what is not seen, a gap for what parts
    /// words.
    private static func skeleton(_ scalar: Unicode.Scalar) -> Character? {
        switch scalar.value {
        case 0x30...0x39, 0x61...0x7A: return Character(scalar)
        case 0x41...0x5A: return Character(Unicode.Scalar(UInt8(scalar.value + 32)))
        case 0x40: return "a"
        case 0x24: return "s"
        case 0x27, 0x2019: return nil
        case 0xFF01...0xFF5E:
            return Unicode.Scalar(scalar.value - 0xFEE0).flatMap { skeleton($0) }
        case 0x3007: return "零"
        case 0x3400...0x9FFF, 0x20000...0x3FFFF: return Character(scalar)
        default: break
        }
        if let alike = alike[scalar] { return alike }
        let facts = scalar.properties
        switch facts.generalCategory {
        case .format, .nonspacingMark, .enclosingMark,
            .control where scalar.value > 0x20:
            return nil
        case .lowercaseLetter, .uppercaseLetter, .otherSymbol, .decimalNumber:
            return facts.name.flatMap(base) ?? gap
        default: return gap
        }
    }

    /// "LATIN SMALL LETTER E WITH ACUTE" and "MATHEMATICAL BOLD SMALL E" are an e.
    private static func base(_ name: String) -> Character? {
        guard let word = name.split(separator: " WITH ").first?.split(separator: " ").last,
            word.utf8.count == 1, let letter = word.unicodeScalars.first, letter.isASCII
        else { return nil }
        return skeleton(letter)
    }

    /// Letters of other scripts that look like Latin ones.
    private static let alike: [Unicode.Scalar: Character] = [
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ѕ": "s",
        "ј": "j", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h", "α": "a", "ο": "o", "ρ": "p",
        "ν": "v", "υ": "u", "κ": "k", "ι": "i", "ε": "e", "τ": "t", "А": "a", "Е": "e", "О": "o",
        "Р": "p", "С": "c", "Х": "x", "І": "i", "ı": "i",
    ]
}

extension Character {
    fileprivate var isASCIILetter: Bool { isASCII && isLetter }
    /// Whether it is one of the characters that Chinese is written in.
    var isHan: Bool {
        unicodeScalars.first.map {
            (0x3400...0x9FFF).contains($0.value) || (0x20000...0x3FFFF).contains($0.value)
        } ?? false
    }
}

/// Words that follow one another, as rules have them: Latin ones whole, or by their beginning where
/// a star ends them; Han anywhere. `<18yo` is any whole number below 18 with `yo` behind it,
/// `<18岁` one before that character, in digits or in Han.
struct PolicyPhrase: Sendable {
    private let words: [String]
    private let han: String?

    init(_ text: String) {
        let hasHan = text.contains(where: \.isHan)
        han = hasHan ? text : nil
        words = hasHan ? [] : text.split(separator: " ").map(String.init)
    }

    func isFound(in text: PolicyText) -> Bool {
        if let han {
            return han.hasPrefix("<") ? Self.hasNumber(han, text.plain) : text.plain.contains(han)
        }
        return isFound(among: text.words)
    }

    fileprivate func removed(from text: PolicyText) -> PolicyText {
        if let han { return text.with(plain: text.plain.replacing(han, with: " ")) }
        // Han between the words does not matter to phrases of words.
        let parts = text.plain.split(separator: " ").map(String.init)
        var rest: [String] = []
        var next = 0
        while next < parts.count {
            let isHere = stands(at: next, of: parts)
            rest.append(isHere ? "." : parts[next])
            next += isHere ? words.count : 1
        }
        return text.with(words: rest)
    }

    private func isFound(among all: [String]) -> Bool {
        all.indices.contains { stands(at: $0, of: all) }
    }

    private func stands(at start: Int, of all: [String]) -> Bool {
        !words.isEmpty && start + words.count <= all.count
            && zip(words, all[start...]).allSatisfy { Self.fits($0, $1) }
            && !(isAge && Self.isNumber(all[..<start].suffix(2)))
    }

    /// Whether it is an age in words, of which a larger one may be the end: "twenty-one years old".
    private var isAge: Bool { words.count == 3 && words[1] == "year*" && words[2] == "old" }

    /// Whether a number goes on behind these words: "twenty", "hundred", "hundred and".
    private static func isNumber(_ words: ArraySlice<String>) -> Bool {
        guard let last = words.last else { return false }
        return tens.contains(last) || last == "and" && words.first == "hundred"
    }

    private static let tens: Set<String> = [
        "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "hundred",
    ]

    private static func fits(_ pattern: String, _ word: String) -> Bool {
        if pattern.hasPrefix("<") { return isBelow(pattern.dropFirst(), word) }
        return pattern.hasSuffix("*") ? word.hasPrefix(pattern.dropLast()) : word == pattern
    }

    /// Whether a word is a smaller number than a pattern, with the same behind it.
    private static func isBelow(_ pattern: Substring, _ word: String) -> Bool {
        let (limit, number) = (pattern.prefix(while: \.isNumber), word.prefix(while: \.isNumber))
        // Thousands are parted by commas: "2,015 years old".
        let isTail = number.count == 3 && number.first == "0"
        guard let limit = Int(limit), !isTail, let number = Int(number), number < limit else {
            return false
        }
        return pattern.drop(while: \.isNumber) == word.drop(while: \.isNumber)
    }

    /// Whether a number below the pattern's stands before its last character.
    private static func hasNumber(_ pattern: String, _ text: String) -> Bool {
        guard let end = pattern.last, let limit = Int(pattern.dropFirst().dropLast()) else {
            return false
        }
        var rest = text[...]
        while let place = rest.firstIndex(of: end) {
            // "12周岁" too, and "12 岁"; behind "22.5" is another number.
            let ahead = text[..<place].reversed().drop { $0 == " " || $0 == "周" }
            let run = ahead.prefix { $0.isNumber || hanDigits[$0] != nil || "十百千万零".contains($0) }
            let before = ahead.dropFirst(run.count)
            let isTail = before.first == " " && before.dropFirst().first?.isNumber == true
            if !isTail, let number = number(String(run.reversed())), number < limit { return true }
            rest = rest[rest.index(after: place)...]
        }
        return false
    }

    private static let hanDigits: [Character: Int] = [
        "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9,
    ]

    /// A number up to 99, in digits or in Han, of two that stand for about so much the larger
    /// ("七八", "十六七"); nil for any other.
    private static func number(_ text: String) -> Int? {
        if let number = Int(text) { return number }
        let parts = text.split(separator: "十", omittingEmptySubsequences: false)
        func digit(_ part: Substring) -> Int? {
            let digits = part.compactMap { hanDigits[$0] }
            return (1...2).contains(part.count) && digits.count == part.count ? digits.max() : nil
        }
        switch parts.count {
        case 1: return digit(parts[0])
        case 2:
            let tens = parts[0].isEmpty ? 1 : digit(parts[0])
            let ones = parts[1].isEmpty ? 0 : digit(parts[1])
            return tens.flatMap { tens in ones.map { 10 * tens + $0 } }
        default: return nil
        }
    }
}
