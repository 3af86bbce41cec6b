import PinxitFiles

/// The words that a model trained here has been shown, kept beside its weights in `words.json`: a
/// word that is not among them means nothing to it.
public struct LearntWords: Sendable, Equatable {
    /// The words of one language.
    public struct Language: Sendable, Equatable {
        /// Names of the things it has been shown, each by its plain noun.
        public var things: [String] = []
        /// All words of captions, sorted. Chinese ones may be of several characters.
        public var words: Set<String> = []

        /// No words.
        public init() {}

        /// - Parameters:
        ///   - things: Names of things, each by its plain noun.
        ///   - words: All words, those of the things too.
        public init(things: [String], words: Set<String>) {
            (self.things, self.words) = (things, words)
        }
    }

    /// Lower-case English.
    public var english = Language()
    /// Chinese, in simplified characters.
    public var chinese = Language()

    /// No words.
    public init() {}

    /// The file's name in a model's folder.
    public static let fileName = "words.json"

    /// The words of a model's folder; nil where it does not say.
    ///
    /// - Throws: `FileError` for a file that is wrong.
    public init?(folder: String) throws(FileError) {
        let file = folder.path(Self.fileName)
        guard fileExists(file) else { return nil }
        let json = try JSONFile.read(file)
        _ = try json.members()
        func language(_ name: String) throws(FileError) -> Language {
            let field = json[name]
            guard field.exists else { return Language() }
            return Language(
                things: try field["things"].strings(), words: Set(try field["words"].strings()))
        }
        english = try language("english")
        chinese = try language("chinese")
    }

    /// Adds the words of another.
    public mutating func add(_ other: LearntWords) {
        func joined(_ own: Language, _ other: Language) -> Language {
            Language(
                things: own.things + other.things.filter { !own.things.contains($0) },
                words: own.words.union(other.words))
        }
        english = joined(english, other.english)
        chinese = joined(chinese, other.chinese)
    }

    /// Adds all words of texts, such as the captions that a LoRA was trained with.
    public mutating func add(wordsOf texts: [String]) {
        for run in texts.flatMap(Self.runs) {
            if run.isChinese {
                chinese.words.insert(run.text)
            } else {
                english.words.insert(Self.withoutPossessive(run.text))
            }
        }
    }

    /// Writes the file into a model's folder, complete or not at all.
    ///
    /// - Throws: `FileError` where it cannot be written.
    public func write(to folder: String) throws {
        func json(_ language: Language) -> JSONValue {
            [
                "things": .array(language.things.map { .string($0) }),
                "words": .array(language.words.sorted().map { .string($0) }),
            ]
        }
        try JSONFile.write(
            ["english": json(english), "chinese": json(chinese)], to: folder.path(Self.fileName))
    }
}

extension LearntWords {
    /// The words of a text that the model has never been shown, each once, in their order.
    ///
    /// Words that only bind others, such as "the" or "请", are passed over.
    public func unknown(in text: String) -> [String] {
        var unknown: [String] = []
        for run in Self.runs(of: text) {
            let words = run.isChinese ? unknownChinese(run.text) : unknownEnglish(run.text)
            for word in words where !unknown.contains(word) { unknown.append(word) }
        }
        return unknown
    }

    /// The words it has been shown that are nearest to one it has not: things like it, or else
    /// words with nearly its letters, since it may be mistyped. At most three; may be none.
    public func nearest(to word: String) -> [String] {
        let isChinese = word.unicodeScalars.contains { $0.value >= 0x2E80 }
        let things = Array(things(near: word, isChinese).prefix(3))
        guard things.isEmpty else { return things }
        return isChinese ? sharing(word) : spelt(like: word)
    }

    private func things(near word: String, _ isChinese: Bool) -> [String] {
        let known = RelatedWords.things(near: word).compactMap { thing in
            english.things.firstIndex { $0.lowercased() == thing.lowercased() }
        }
        guard isChinese else { return known.map { english.things[$0] } }
        // The table's things are English; a model's are in one order in both languages.
        return chinese.things.count == english.things.count
            ? known.map { chinese.things[$0] } : []
    }

    private func spelt(like word: String) -> [String] {
        let limit = max(1, word.count / 4)
        for words in [english.things, english.words.subtracting(Self.bindingEnglish).sorted()] {
            let near = words.nearest(to: word).filter {
                word.count > 3 && $0.lowercased().editDistance(to: word) <= limit
            }
            if !near.isEmpty { return near }
        }
        return []
    }

    /// Chinese words with a character of it that says something.
    private func sharing(_ word: String) -> [String] {
        let telling = Set(word).subtracting(Self.bindingChinese)
        func shared(_ other: String) -> Int { telling.intersection(other).count }
        return chinese.words.filter { $0.count > 1 && shared($0) > 0 }
            .sorted { (shared($1), $0.count, $0) < (shared($0), $1.count, $1) }
            .prefix(3).map(\.self)
    }

    private func unknownEnglish(_ word: String) -> [String] {
        let word = Self.withoutPossessive(word)
        // "o'", as in a lantern's name, is stored with its mark.
        let isKnown = [word, word + "'", word + "’"].contains(where: english.words.contains)
        return isKnown || Self.bindingEnglish.contains(word) ? [] : [word]
    }

    private static func withoutPossessive(_ word: String) -> String {
        let ending = ["'s", "’s"].first { word.hasSuffix($0) }
        return ending.map { String(word.dropLast($0.count)) } ?? word
    }

    /// Cuts a text without spaces into the longest words there are. What is left over is told,
    /// unless it is a part of a word: "猫" where "小猫" was learnt.
    private func unknownChinese(_ text: String) -> [String] {
        let characters = Array(text)
        let longest = chinese.words.map(\.count).max() ?? 0
        var leftOver: [String] = []
        var (start, isInside) = (0, false)
        while start < characters.count {
            let lengths = stride(from: min(longest, characters.count - start), to: 0, by: -1)
            let length = lengths.first { length in
                let word = String(characters[start..<start + length])
                return chinese.words.contains(word)
                    || (length == 1 && Self.bindingChinese.contains(characters[start]))
            }
            if length == nil {
                if isInside {
                    leftOver[leftOver.count - 1].append(characters[start])
                } else {
                    leftOver.append(String(characters[start]))
                }
            }
            isInside = length == nil
            start += length ?? 1
        }
        return leftOver.filter { part in !chinese.words.contains { $0.contains(part) } }
    }

    /// Words and runs of Chinese characters, in lower case and without marks.
    private static func runs(of text: String) -> [(text: String, isChinese: Bool)] {
        var runs: [(text: String, isChinese: Bool)] = []
        var isInside = false
        for character in text.lowercased() {
            let isApostrophe = "'’".contains(character) && isInside
            guard character.isLetter || character.isNumber || isApostrophe else {
                isInside = false
                continue
            }
            let isChinese = character.unicodeScalars.allSatisfy { $0.value >= 0x2E80 }
            if isInside, let last = runs.last, last.isChinese == isChinese {
                runs[runs.count - 1].text.append(character)
            } else {
                runs.append((String(character), isChinese))
            }
            isInside = true
        }
        // Marks within a word are of it, those behind it are of the text.
        return runs.compactMap { run in
            let text = run.text.reversed().drop { "'’".contains($0) }.reversed()
            return text.isEmpty ? nil : (String(text), run.isChinese)
        }
    }

    private static let bindingEnglish: Set<String> = [
        "a", "an", "the", "of", "in", "on", "at", "to", "with", "and", "or", "by", "for", "from",
        "over", "under", "near", "into", "its", "his", "her", "their", "is", "are", "that", "this",
        "one", "some", "please", "picture", "image", "painting", "drawing", "photo", "draw",
        "paint", "me", "my",
    ]

    private static let bindingChinese: Set<Character> = Set(
        "的了在是有和与及一二两三四个只条张把朵颗辆幅座棵块片杯碗枚支匹头架艘件双对上下左右中里外边面请画图给我它着红橙黄绿蓝紫粉棕灰黑白色小")
}
