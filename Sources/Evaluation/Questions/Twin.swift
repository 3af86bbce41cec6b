import PinxitDatasets

/// An item once more: the same picture from the same noise, told in the other language.
public struct Twin: Sendable, Hashable {
    /// Index into the items.
    public var item: Int
    /// The item's, with another prompt.
    public var order: PaintingOrder
}

extension Questionnaire {
    /// The items that are painted for each attribute; what else is asked of a picture does not
    /// count.
    func items(paintedFor attribute: Attribute) -> [Int] {
        var seen: Set<Int> = []
        return questions.filter { seen.insert($0.item).inserted && $0.attribute == attribute }
            .map(\.item)
    }

    /// Has so many items of each attribute painted in the other language too, taken evenly from
    /// trained and held-out ones.
    mutating func pair(_ count: Int, _ captions: Captions) {
        for attribute in Attribute.allCases {
            let own = items(paintedFor: attribute)
            for index in evenly(count, of: own.count) {
                let item = items[own[index]]
                var order = item.order
                order.prompt = captions.caption(item.spec, language: item.language.other)
                twins.append(Twin(item: own[index], order: order))
            }
        }
    }

    /// Every prompt in both languages, tab-separated, below lines of explanation: to be kept with
    /// a model's recipe before it is trained.
    ///
    /// - Parameters:
    ///   - captions: Of the library the questions were drawn from.
    ///   - seed: What they were drawn by.
    public func listing(_ captions: Captions, seed: UInt64) -> String {
        let inBoth = Set(twins.map(\.item))
        let heldOut = items.count(where: \.isHeldOut)
        var lines = [
            "# \(items.count - heldOut) prompts of trained and \(heldOut) of held-out combinations,"
                + " drawn by seed \(seed); questions \(fingerprint).",
            "# The language says which caption is painted, or that both are, from the same noise.",
            ["# attribute", "combination", "language", "seed", "English", "Chinese"]
                .joined(separator: "\t"),
        ]
        for attribute in Attribute.allCases {
            for index in items(paintedFor: attribute) {
                let item = items[index]
                let language = inBoth.contains(index) ? "both" : item.language.rawValue
                lines.append(
                    [
                        attribute.rawValue, item.isHeldOut ? "held out" : "trained", language,
                        "\(item.order.seed)", captions.caption(item.spec, language: .english),
                        captions.caption(item.spec, language: .chinese),
                    ].joined(separator: "\t"))
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension CaptionLanguage {
    var other: CaptionLanguage { self == .english ? .chinese : .english }
}
