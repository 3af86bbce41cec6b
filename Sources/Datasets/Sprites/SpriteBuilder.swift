import FoundationEssentials
import PinxitImages

/// Makes a sprite library from the fonts and the object table.
public struct SpriteBuilder {
    /// Where the fonts and tables lie.
    public let cache: SourceCache
    /// Whether source files may be other ones than this program was tested with.
    public let allowsAlteredSources: Bool
    /// Called with a sentence where something is left out or differs.
    public let warn: (String) -> Void

    /// A builder that reads nothing before ``build(_:recipeFile:)``.
    public init(
        cache: SourceCache, allowsAlteredSources: Bool = false, warn: @escaping (String) -> Void
    ) {
        self.cache = cache
        self.allowsAlteredSources = allowsAlteredSources
        self.warn = warn
    }

    /// - Parameter recipeFile: its folder is where the recipe's object table is looked for.
    /// - Throws: `DatasetError`, among them `.alteredSources` unless they are allowed.
    public func build(
        _ recipe: DatasetRecipe, recipeFile: String
    ) throws(DatasetError) -> SpriteLibrary {
        let sources = try cache.verify(for: recipe)
        let altered = sources.filter { !$0.isPinned }
        guard altered.isEmpty || allowsAlteredSources else {
            throw .alteredSources(altered.map { "\(cache.folder)/root/\($0.file)" })
        }
        for source in altered {
            warn("\(source.file): another edition than the tested one (sha256 \(source.sha256))")
        }
        let vocabulary = try drawable(try vocabulary(recipe, recipeFile: recipeFile))
        let noto = try EmojiFont(file: cache.path(.noto))
        let openMoji = try EmojiFont(file: cache.path(.openMoji))
        let twemoji =
            recipe.styles.flat == nil ? nil : try EmojiFont(file: cache.path(.twemoji))
        var sprites: [DrawingStyle: [String: Sprite]] = [:]
        var kept: [VocabularyEntry] = []
        for entry in vocabulary {
            guard let plain = noto.bitmapSprite(entry.codePoints) else {
                warn("\(entry.english.noun) (\(entry.key)): not in \(SourceFile.noto.path)")
                continue
            }
            kept.append(entry)
            sprites[.plain, default: [:]][entry.key] = plain
            for style in [DrawingStyle.cartoon, .line] {
                sprites[style, default: [:]][entry.key] = try openMoji.layeredSprite(
                    entry.codePoints, .openMoji, blackOnly: style == .line)
            }
            if let twemoji {
                sprites[.flat, default: [:]][entry.key] = try twemoji.layeredSprite(
                    entry.codePoints, .twemoji)
            }
        }
        let manifest = DatasetManifest(
            recipe: recipe, vocabulary: kept, spriteSide: EmojiFont.side,
            sprites: sprites.mapValues { $0.keys.sorted() }, sources: sources)
        try manifest.check(recipeFile)
        let library = SpriteLibrary(manifest: manifest, sprites: sprites)
        try library.checkSplits(recipeFile)
        return library
    }

    private func vocabulary(
        _ recipe: DatasetRecipe, recipeFile: String
    ) throws(DatasetError) -> [VocabularyEntry] {
        let folder = URL(filePath: recipeFile).deletingLastPathComponent()
        let table = folder.appending(path: recipe.objects).path
        let all = try ObjectTable.parse(try readText(table), file: table)
        let chosen = recipe.vocabulary.chosen(of: all)
        return recipe.vocabulary == .all ? try withKeywords(chosen) : chosen
    }

    private func drawable(
        _ entries: [VocabularyEntry]
    ) throws(DatasetError) -> [VocabularyEntry] {
        let file = cache.path(.emojiTest)
        let known = try EmojiTest.keys(try readText(file), file: file)
        return entries.filter { entry in
            if !known.contains(entry.key) { warn("\(entry.key): no emoji of this Unicode edition") }
            return known.contains(entry.key)
        }
    }

    // Entries without synonyms of their own get the CLDR keywords that name nothing else: a
    // keyword shared by two objects ("fruit") would be a wrong caption half the time.
    private func withKeywords(
        _ entries: [VocabularyEntry]
    ) throws(DatasetError) -> [VocabularyEntry] {
        let english = try uniqueKeywords(.english, entries, taken: entries.map(\.english.noun))
        let chinese = try uniqueKeywords(.chinese, entries, taken: entries.map(\.chinese))
        return entries.map { entry in
            var entry = entry
            guard !entry.isCore else { return entry }
            if entry.englishSynonyms.isEmpty {
                entry.englishSynonyms = english[entry.key, default: []].map(Self.english)
            }
            if entry.chineseSynonyms.isEmpty {
                entry.chineseSynonyms = chinese[entry.key, default: []]
            }
            return entry
        }
    }

    private func uniqueKeywords(
        _ language: CaptionLanguage, _ entries: [VocabularyEntry], taken: [String]
    ) throws(DatasetError) -> [String: [String]] {
        var annotations = Annotations()
        for source in SourceFile.annotations[language]! {
            let file = cache.path(source)
            try annotations.read(try readText(file), file: file)
        }
        var uses: [String: Int] = [:]
        for words in annotations.keywords.values {
            for word in words { uses[word, default: 0] += 1 }
        }
        var result: [String: [String]] = [:]
        for entry in entries {
            let name = language == .english ? entry.english.noun : entry.chinese
            result[entry.key] = annotations.keywords[entry.key, default: []].filter {
                uses[$0] == 1 && !taken.contains($0) && Self.saysTheSame($0, name, language)
            }
        }
        return result
    }

    // Many keywords are associations ("peacock: ostentatious"). In both languages the word that
    // says what a thing is comes last, so a keyword that ends as the name does is a safe synonym.
    private static func saysTheSame(
        _ keyword: String, _ name: String, _ language: CaptionLanguage
    ) -> Bool {
        switch language {
        case .chinese: keyword.last == name.last
        case .english:
            keyword.split(separator: " ").last == name.split(separator: " ").last
                && !name.contains(" with ") && !name.contains(" of ")
        }
    }

    // Keywords come without grammar: no plural, and the article by the first letter.
    private static func english(_ word: String) -> VocabularyEntry.English {
        let article = word.first.map("aeiou".contains) == true ? "an" : "a"
        return VocabularyEntry.English(article: article, noun: word, plural: nil)
    }
}
