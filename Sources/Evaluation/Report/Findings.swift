import PinxitDatasets

/// What one attribute's questions gave on one split.
public struct Finding: Sendable, Hashable {
    public var attribute: Attribute
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
    public var byLanguage: [CaptionLanguage: Proportion]
}

/// One question with its answer.
public struct Answer: Sendable, Hashable {
    public var question: Question
    /// The values asked for and seen, in words; nil where nothing could be seen.
    public var asked: String
    public var seen: String?
    public var isRight: Bool
}

/// The right object among all of the vocabulary, by rank.
public struct Retrieval: Sendable, Hashable {
    /// Rank up to which it counts.
    public var rank: Int
    public var painted: Proportion
    public var real: Proportion
    public var chance: Double
}

/// Everything an evaluation found out.
public struct Findings: Sendable {
    /// The side at which pictures were compared.
    public var size: Int
    public var findings: [Finding]
    public var retrieval: [Retrieval]
    /// In each space that could be looked at.
    public var memorisations: [Memorisation]
    public var diversity: Diversity?
    /// Only with an embedder, as what follows.
    public var rPrecision: [RPrecision] = []
    /// Painted pictures against real pictures of the same prompts.
    public var kernelDistance: KernelDistance?
    public var kernelDistanceFloors: KernelDistanceFloors?
    public var questionnaire: Questionnaire
    public var answers: [Answer]

    public func finding(_ attribute: Attribute, isHeldOut: Bool) -> Finding? {
        findings.first { $0.attribute == attribute && $0.isHeldOut == isHeldOut }
    }

    public func memorisation(_ space: Memorisation.Space) -> Memorisation? {
        memorisations.first { $0.space == space }
    }
}
