import PinxitTokenizers

extension SpriteLibrary {
    /// Every word that captions of this library hold: what is learnt from it.
    public var learntWords: LearntWords { LearntWords(captionsOf: vocabulary, recipe) }
}

extension PictureFolder {
    /// Every word that captions of its pictures hold. Of text without spaces between words the
    /// stretches between its marks are taken.
    ///
    /// - Parameter split: The pictures that are learnt from.
    public func learntWords(_ split: DatasetSplit) -> LearntWords {
        var words = LearntWords()
        for index in chosen(split) { words.add(wordsOf: entries[index].captions) }
        return words
    }
}

extension LearntWords {
    /// Every word that captions of a recipe's pictures of these things hold.
    public init(
        captionsOf vocabulary: [VocabularyEntry], _ recipe: DatasetRecipe = DatasetRecipe()
    ) {
        self = Self.names(of: vocabulary)
        let captions = Captions(vocabulary)
        for spec in vocabulary.flatMap({ Self.specs($0, recipe) }) {
            for text in captions.all(spec)
            where text.unicodeScalars.allSatisfy({ $0.value < 0x2E80 }) {
                english.words.formUnion(Self.words(text))
            }
        }
        chinese.words.formUnion(vocabulary.map(\.chineseMeasure))
        chinese.words.formUnion(Captions.chinesePhrases(recipe))
    }

    /// Takes some things of a library, and the words of their names that nothing else needs, from
    /// among the words: what a model has been shown but does not paint.
    ///
    /// - Parameter isMissed: Of each thing of the library.
    public mutating func forget(
        _ library: SpriteLibrary, where isMissed: (VocabularyEntry) -> Bool
    ) {
        let missed = Self.names(of: library.vocabulary.filter(isMissed))
        let kept = LearntWords(
            captionsOf: library.vocabulary.filter { !isMissed($0) }, library.recipe)
        func left(_ own: Language, _ missed: Language, _ kept: Language) -> Language {
            let things = own.things.filter {
                !missed.things.contains($0) || kept.things.contains($0)
            }
            let needed = kept.words.union(things.flatMap(Self.words))
            return Language(
                things: things, words: own.words.subtracting(missed.words.subtracting(needed)))
        }
        english = left(english, missed.english, kept.english)
        chinese = left(chinese, missed.chinese, kept.chinese)
    }

    /// Things, and the words of all their nouns.
    private static func names(of vocabulary: [VocabularyEntry]) -> LearntWords {
        var names = LearntWords()
        names.english.things = vocabulary.map(\.english.noun)
        names.chinese.things = vocabulary.map(\.chinese)
        for entry in vocabulary {
            for noun in [entry.english] + entry.englishSynonyms {
                names.english.words.formUnion(Self.words("\(noun.noun) \(noun.plural ?? "")"))
            }
            names.chinese.words.formUnion([entry.chinese] + entry.chineseSynonyms)
        }
        return names
    }

    /// Pictures of one thing that between them need all words of phrases.
    private static func specs(
        _ entry: VocabularyEntry, _ recipe: DatasetRecipe
    ) -> [PictureSpec] {
        let part = PictureSpec.Part(object: entry.key)
        var specs: [PictureSpec] = []
        func add(
            _ layout: PictureSpec.Layout, _ parts: [PictureSpec.Part],
            _ style: DrawingStyle = .plain, _ background: Background = .white
        ) {
            specs.append(
                PictureSpec(layout: layout, parts: parts, style: style, background: background))
        }
        for style in recipe.styles.drawn { add(.single, [part], style) }
        for background in Background.allCases { add(.single, [part], .plain, background) }
        for color in TintColor.allCases { add(.single, [.init(object: entry.key, color: color)]) }
        for position in Position.allCases { add(.place(position, .small), [part]) }
        for relation in Relation.allCases { add(.pair(relation), [part, part]) }
        if entry.english.plural != nil { for count in recipe.counts { add(.count(count), [part]) } }
        return specs
    }

    private static func words(_ text: String) -> [String] {
        text.lowercased().split { !$0.isLetter && !$0.isNumber && !"'’".contains($0) }
            .map(String.init)
    }
}
