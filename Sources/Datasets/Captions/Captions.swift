/// The language of a caption. The raw value is what JSON holds.
public enum CaptionLanguage: String, Sendable, CaseIterable, Codable {
    case english, chinese
}

/// Which words a caption uses. Zero means the plain noun and the usual phrase; higher numbers
/// choose synonyms and other phrasings, in turn.
public struct Wording: Sendable, Hashable, Codable {
    /// 0 for the plain noun; `n` above it for the `n`-th synonym, beginning anew after the last.
    public var synonym: Int
    /// 0 for the usual phrase, 1 and 2 for others; 3 says of each thing of a pair where it lies.
    public var phrasing: Int

    /// The wording of these choices; negative ones are not meaningful.
    public init(synonym: Int = 0, phrasing: Int = 0) {
        self.synonym = synonym
        self.phrasing = phrasing
    }

    /// The plain noun in the usual phrase.
    public static let plain = Wording()
    /// The phrasing of pairs that says of each thing where it lies.
    static let eachPlace = 3
}

/// Says what a spec shows, in English or Chinese.
public struct Captions: Sendable {
    let entries: [String: VocabularyEntry]

    /// - Precondition: no key occurs twice.
    public init(_ vocabulary: [VocabularyEntry]) {
        entries = Dictionary(uniqueKeysWithValues: vocabulary.map { ($0.key, $0) })
    }

    /// - Precondition: the spec's objects are in the vocabulary.
    public func caption(
        _ spec: PictureSpec, language: CaptionLanguage, wording: Wording = .plain
    ) -> String {
        switch language {
        case .english: english(spec, wording)
        case .chinese: chinese(spec, wording)
        }
    }

    /// Every different caption of the spec over both languages and the first few wordings.
    public func all(_ spec: PictureSpec) -> [String] {
        var seen: Set<String> = []
        var result: [String] = []
        for language in CaptionLanguage.allCases {
            for phrasing in 0...Wording.eachPlace {
                for synonym in 0..<3 {
                    let text = caption(
                        spec, language: language,
                        wording: Wording(synonym: synonym, phrasing: phrasing))
                    if seen.insert(text).inserted { result.append(text) }
                }
            }
        }
        return result
    }

    func entry(_ part: PictureSpec.Part) -> VocabularyEntry {
        guard let entry = entries[part.object] else {
            preconditionFailure("object \(part.object) is not in the vocabulary")
        }
        return entry
    }
}

/// Zero chooses the usual phrase, higher numbers go through the others in turn.
func phrase(_ usual: String, _ others: [String], _ choice: Int) -> String {
    choice == 0 || others.isEmpty ? usual : others[(choice - 1) % others.count]
}
