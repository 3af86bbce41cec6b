extension Captions {
    static func english(_ count: Int) -> String {
        precondition((2...6).contains(count), "pictures count two to six, not \(count)")
        return ["two", "three", "four", "five", "six"][count - 2]
    }

    func english(_ spec: PictureSpec, _ wording: Wording) -> String {
        prefix(spec.style, wording.phrasing) + content(spec, wording)
            + ground(spec.background, wording.phrasing)
    }

    private func content(_ spec: PictureSpec, _ wording: Wording) -> String {
        let first = spec.parts[0]
        switch spec.layout {
        case .single:
            return one(first, wording)
        case .place(let position, let size):
            let adjectives = size == .small ? ["small"] : []
            return one(first, wording, adjectives) + " " + place(position, wording.phrasing)
        case .pair(let relation):
            if wording.phrasing == Wording.eachPlace, let (here, there) = places(relation) {
                return "\(one(first, wording)) \(here) and \(one(spec.parts[1], wording)) \(there)"
            }
            return one(first, wording) + " " + words(relation, wording.phrasing) + " "
                + one(spec.parts[1], wording)
        case .count(let count):
            return many(first, count, wording)
        }
    }

    private func one(
        _ part: PictureSpec.Part, _ wording: Wording, _ sizes: [String] = []
    ) -> String {
        let noun = noun(part, wording)
        let adjectives = sizes + (part.color.map { [word($0.rawValue, wording.phrasing)] } ?? [])
        var article = noun.article
        if let first = adjectives.first, article == "a" || article == "an" {
            article = "aeiou".contains(first.first!) ? "an" : "a"
        }
        return ((article.isEmpty ? [] : [article]) + adjectives + [noun.noun]).joined(
            separator: " ")
    }

    private func many(_ part: PictureSpec.Part, _ count: Int, _ wording: Wording) -> String {
        let entry = entry(part)
        guard let plural = noun(part, wording).plural ?? entry.english.plural else {
            preconditionFailure("\(entry.english.noun) is never counted")
        }
        return
            ([Captions.english(count)]
            + (part.color.map { [word($0.rawValue, wording.phrasing)] } ?? []) + [plural])
            .joined(separator: " ")
    }

    private func noun(_ part: PictureSpec.Part, _ wording: Wording) -> VocabularyEntry.English {
        let entry = entry(part)
        guard wording.synonym > 0, !entry.englishSynonyms.isEmpty else { return entry.english }
        return entry.englishSynonyms[(wording.synonym - 1) % entry.englishSynonyms.count]
    }

    private func prefix(_ style: DrawingStyle, _ choice: Int) -> String {
        switch style {
        case .plain: ""
        case .cartoon: phrase("a cartoon of ", ["a cartoon drawing of "], choice)
        case .flat: phrase("a flat drawing of ", ["a flat picture of "], choice)
        case .line: phrase("a line drawing of ", ["an outline drawing of "], choice)
        }
    }

    private func ground(_ background: Background, _ choice: Int) -> String {
        if background == .white { return phrase("", [" on a white background", ""], choice) }
        let article = background == .orange ? "an" : "a"
        let color = "\(article) \(word(background.rawValue, choice)) background"
        return phrase(" on \(color)", [" with \(color)", " against \(color)"], choice)
    }

    // Both spellings of gray, since people type both.
    private func word(_ color: String, _ choice: Int) -> String {
        color == "gray" ? phrase("gray", ["grey"], choice) : color
    }

    private func place(_ position: Position, _ choice: Int) -> String {
        switch position {
        case .center: phrase("in the center", ["in the middle"], choice)
        case .left: phrase("on the left", ["on the left side"], choice)
        case .right: phrase("on the right", ["on the right side"], choice)
        case .top, .bottom: "at the \(position.rawValue)"
        case .topLeft, .topRight, .bottomLeft, .bottomRight:
            phrase(
                "at the \(position.rawValue)", ["in the \(position.rawValue) corner"], choice)
        }
    }

    /// Where each of two things lies, as those words are used for one alone.
    private func places(_ relation: Relation) -> (String, String)? {
        switch relation {
        case .left: (place(.left, 0), place(.right, 0))
        case .right: (place(.right, 0), place(.left, 0))
        case .above: (place(.top, 0), place(.bottom, 0))
        case .below: (place(.bottom, 0), place(.top, 0))
        case .beside: nil
        }
    }

    private func words(_ relation: Relation, _ choice: Int) -> String {
        switch relation {
        case .left: phrase("to the left of", ["left of"], choice)
        case .right: phrase("to the right of", ["right of"], choice)
        case .above: phrase("above", ["over"], choice)
        case .below: phrase("below", ["under"], choice)
        case .beside: phrase("next to", ["beside"], choice)
        }
    }
}
