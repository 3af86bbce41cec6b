/// One thing that can be drawn, with its words.
public struct VocabularyEntry: Sendable, Hashable, Codable {
    /// An English noun with its grammar.
    public struct English: Sendable, Hashable, Codable {
        /// "a", "an", "the" or "".
        public var article: String
        /// The noun after that article: singular, but for things that are never counted.
        public var noun: String
        /// nil where the thing is never counted ("cherries", "bread").
        public var plural: String?
    }

    /// Code points in hex joined by `_`, without the variation selector FE0F.
    public var key: String
    /// Whether it belongs to the small vocabulary, `DatasetRecipe.Words.core`.
    public var isCore: Bool
    /// Whether it belongs to the large vocabulary beside the small one, `DatasetRecipe.Words.told`:
    /// its drawings can be told from everybody else's there, and it has a name of its own.
    public var isTold = false
    /// Never tinted: its colours are the point ("rainbow").
    public var isPlain: Bool
    /// Never mirrored: left and right tell something ("clock", "moon"), or there is writing on it.
    public var isOneSided = false
    /// The plain noun, which captions use most.
    public var english: English
    /// Other nouns for the same thing; may be empty.
    public var englishSynonyms: [English]
    /// Measure word, "个" where nothing better is natural.
    public var chineseMeasure: String
    /// The plain noun.
    public var chinese: String
    /// Other nouns for the same thing; may be empty.
    public var chineseSynonyms: [String]

    /// Whether colour words may stand before it. Names that hold one may not.
    public var canBeTinted: Bool {
        let words = english.noun.split(separator: " ").map { $0.lowercased() }
        let colors = TintColor.allCases.map(\.rawValue) + ["white", "grey"]
        return !isPlain && !words.contains(where: colors.contains)
    }

    /// The code points of `key`.
    public var codePoints: [UInt32] {
        key.split(separator: "_").compactMap { UInt32($0, radix: 16) }
    }
}

extension VocabularyEntry {
    /// Data sets of earlier versions do not tell which things are one-sided, and mirror none; nor
    /// which belong to the large vocabulary.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        key = try fields.decode(String.self, forKey: .key)
        isCore = try fields.decode(Bool.self, forKey: .isCore)
        isTold = try fields.decodeIfPresent(Bool.self, forKey: .isTold) ?? false
        isPlain = try fields.decode(Bool.self, forKey: .isPlain)
        isOneSided = try fields.decodeIfPresent(Bool.self, forKey: .isOneSided) ?? false
        english = try fields.decode(English.self, forKey: .english)
        englishSynonyms = try fields.decode([English].self, forKey: .englishSynonyms)
        chineseMeasure = try fields.decode(String.self, forKey: .chineseMeasure)
        chinese = try fields.decode(String.self, forKey: .chinese)
        chineseSynonyms = try fields.decode([String].self, forKey: .chineseSynonyms)
    }
}

/// Reads the tab-separated object table; its header lines (`#`) explain the columns.
public enum ObjectTable {
    /// The table's entries in their order.
    /// - Parameters:
    ///   - text: Nine columns a line; empty lines and those that begin with `#` are passed over.
    ///   - file: Where the text came from, for errors only.
    /// - Throws: `DatasetError.badTable` with the line, counted from 1, and what is wrong in it.
    public static func parse(_ text: String, file: String) throws(DatasetError) -> [VocabularyEntry]
    {
        var entries: [VocabularyEntry] = []
        var seen: Set<String> = []
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            if line.hasPrefix("#") || line.isEmpty { continue }
            func wrong(_ reason: String) -> DatasetError {
                .badTable(file: file, line: number + 1, reason: reason)
            }
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
                .map { $0 == "-" ? "" : String($0) }
            guard columns.count == 9 else { throw wrong("\(columns.count) columns, 9 are needed") }
            let points = columns[0].split(separator: "_")
            guard !points.isEmpty,
                points.allSatisfy({ UInt32($0, radix: 16).flatMap(Unicode.Scalar.init) != nil })
            else { throw wrong("\"\(columns[0])\" is no sequence of hexadecimal code points") }
            guard seen.insert(columns[0]).inserted else { throw wrong("\(columns[0]) again") }
            guard !columns[3].isEmpty, !columns[7].isEmpty else {
                throw wrong("both the English and the Chinese noun are needed")
            }
            var synonyms: [VocabularyEntry.English] = []
            for synonym in columns[5].split(separator: ";") {
                let forms = synonym.split(separator: "/", omittingEmptySubsequences: false)
                guard forms.count == 3 else {
                    throw wrong("synonym \"\(synonym)\": article/noun/plural is needed")
                }
                synonyms.append(english(String(forms[0]), String(forms[1]), String(forms[2])))
            }
            let flags = columns[1].split(separator: ",")
            entries.append(
                VocabularyEntry(
                    key: columns[0], isCore: flags.contains("core"),
                    isTold: flags.contains("told"), isPlain: flags.contains("plain"),
                    isOneSided: flags.contains("sided"),
                    english: english(columns[2], columns[3], columns[4]),
                    englishSynonyms: synonyms, chineseMeasure: columns[6], chinese: columns[7],
                    chineseSynonyms: columns[8].split(separator: ";").map(String.init)))
        }
        return entries
    }

    private static func english(
        _ article: String, _ noun: String, _ plural: String
    ) -> VocabularyEntry.English {
        VocabularyEntry.English(
            article: article, noun: noun, plural: plural.isEmpty || plural == "-" ? nil : plural)
    }
}
