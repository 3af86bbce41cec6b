/// Holding the layout of the picture that another sentence paints from the same seed
/// (prompt-to-prompt, Hertz et al. 2022). What is nil is the usual.
public struct LayoutOptions: Sendable, Equatable {
    /// The other sentence; nil is to hold nothing. Words that both have keep their places, words
    /// that take others' place take their places too.
    public var sentence: String?
    /// The part of the steps in which words look where the other picture's do; .8 is usual.
    public var crossShare: Double?
    /// The part in which pixels look at one another as the other picture's do; .4 is usual. More
    /// keeps outlines, less lets forms change.
    public var selfShare: Double?

    /// What the attention to some of the words is multiplied by, in the steps of ``crossShare``.
    public var weights: WordWeights?

    /// Nothing is held unless a sentence is given.
    public init(
        sentence: String? = nil, crossShare: Double? = nil, selfShare: Double? = nil,
        weights: WordWeights? = nil
    ) {
        (self.sentence, self.crossShare, self.selfShare) = (sentence, crossShare, selfShare)
        self.weights = weights
    }
}

extension RequestOptions {
    static let layout: [any CodedOption] = [layoutOf, crossShare, selfShare, wordWeights]

    /// ``LayoutOptions/sentence``
    public static let layoutOf = RequestOption(
        "layout of", \.diffusion.layout.sentence, families: [.diffusion],
        help: "Hold the layout of the picture that this sentence paints from the same seed.")

    /// ``LayoutOptions/crossShare``
    public static let crossShare = RequestOption(
        "cross share", \.diffusion.layout.crossShare, families: [.diffusion],
        help: "The part of the steps in which --layout-of holds words' places (default: 0.8).",
        bounds: .range(0...1))

    /// ``LayoutOptions/selfShare``
    public static let selfShare = RequestOption(
        "self share", \.diffusion.layout.selfShare, families: [.diffusion],
        help: "The part of the steps in which --layout-of holds outlines (default: 0.4).",
        bounds: .range(0...1))

    /// ``LayoutOptions/weights``
    public static let wordWeights = RequestOption(
        "word weights", \.diffusion.layout.weights, families: [.diffusion],
        help: "Multiply the attention to words, with --layout-of: \"red=2,apple=0.5\".",
        bounds: .factors)
}
