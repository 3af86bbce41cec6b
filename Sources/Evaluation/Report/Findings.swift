import PinxitDatasets

/// What one attribute's questions gave on one split.
public struct Finding: Sendable, Hashable {
    /// What was asked.
    public var attribute: Attribute
    /// Whether the pictures show combinations that no training picture has.
    public var isHeldOut: Bool
    /// By the attribute's own metric.
    public var painted: Proportion
    /// The same pictures by plain pixel distance, for comparison with other work.
    public var paintedByPixels: Proportion
    /// Real renderings in place of the painted pictures: what a perfect model would get, and so
    /// whether the metric can be believed.
    public var real: Proportion
    /// Random noise in place of the painted pictures; should lie near or below chance.
    public var noise: Proportion
    /// The best a model can get that ignores the prompt: one in as many values as are asked or
    /// offered, whichever are fewer.
    public var chance: Double
    /// Of the painted pictures, those that show nothing that could be measured.
    public var unanswered: Int
    /// ``painted``, for the prompts of each language.
    public var byLanguage: [CaptionLanguage: Proportion]
}

/// One question with its answer.
public struct Answer: Sendable, Hashable {
    /// What was asked, and of which item.
    public var question: Question
    /// The values asked for and seen, in words; nil where nothing could be seen.
    public var asked: String
    /// The value of the nearest choice, by the attribute's own metric.
    public var seen: String?
    /// Whether that was the choice asked for.
    public var isRight: Bool
    /// The nearest of the question's wrong choices; nil where nothing could be seen.
    public var rival: Int?
    /// How surely the judge is against it: from -1, just as asked, over 0 to 1, just the rival or
    /// nothing.
    public var against: Double
}

/// The right object among all of the vocabulary, by rank.
public struct Retrieval: Sendable, Hashable {
    /// Rank up to which it counts.
    public var rank: Int
    /// Painted pictures whose right object is within the rank.
    public var painted: Proportion
    /// Renderings in place of the painted pictures.
    public var real: Proportion
    /// The rank over the number of objects in the vocabulary.
    public var chance: Double
}

/// Everything an evaluation found out.
public struct Findings: Sendable {
    /// The side at which pictures were compared.
    public var size: Int
    /// For each attribute and split that was asked.
    public var findings: [Finding]
    /// For ranks 1, 5 and 10, as far as the vocabulary has more objects.
    public var retrieval: [Retrieval]
    /// In each space that could be looked at.
    public var memorisations: [Memorisation]
    /// Nil where fewer than two prompts or seeds were painted for it.
    public var diversity: Diversity?
    /// For each attribute that was asked in both languages.
    public var languages: [LanguageComparison] = []
    /// Of models that paint from pictures.
    public var fromPictures: [PictureFinding] = []
    /// Only with an embedder, as what follows.
    public var rPrecision: [RPrecision] = []
    /// Painted pictures against real pictures of the same prompts.
    public var kernelDistance: KernelDistance?
    /// What real pictures give, to compare ``kernelDistance`` with.
    public var kernelDistanceFloors: KernelDistanceFloors?
    /// What was asked, and so what figures may be compared with.
    public var questionnaire: Questionnaire
    /// One for each question about a painted picture, in their order.
    public var answers: [Answer]

    /// What an attribute's questions gave on one split; nil if none were asked.
    public func finding(_ attribute: Attribute, isHeldOut: Bool) -> Finding? {
        findings.first { $0.attribute == attribute && $0.isHeldOut == isHeldOut }
    }

    /// What was found in one space; nil if it was not looked at.
    public func memorisation(_ space: Memorisation.Space) -> Memorisation? {
        memorisations.first { $0.space == space }
    }
}
