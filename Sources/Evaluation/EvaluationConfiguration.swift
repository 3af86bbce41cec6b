/// The settings of an evaluation, as `Recipes/evaluation.json` holds them.
public struct EvaluationConfiguration: Sendable, Hashable {
    /// Decides which combinations are asked, in which language, and every picture's seed.
    public var seed: UInt64 = 0
    /// Pictures for each attribute, once of trained and once of held-out combinations.
    public var count = 50
    /// How much is asked in all, in place of ``count``; nil is the short form.
    public var whole: WholeForm?
    /// How many objects are painted plainly; 0 is the whole vocabulary.
    public var objects = 0
    /// Wrong objects offered beside the right one.
    public var distractors = 9
    /// Share of Chinese prompts.
    public var chineseShare = 0.25
    /// Renderings of each choice, of different jitter; the nearest counts.
    public var renderings = 3
    /// How many training pictures are searched for copies; 0 leaves that out.
    public var trainingPictures = 4000
    /// Prompts of several attributes at once.
    public var composed = 100
    /// Wrong captions among which the right one is ranked.
    public var candidates = 99
    /// Captions of a folder's held-out pictures that are painted.
    public var prompts = 100
    /// How many pictures of each attribute are varied, and how many pairs of pictures blended, by
    /// models that paint from pictures.
    public var variedPictures = 25
    /// Pairs; at two places each.
    public var blendedPairs = 50
    /// How many prompts are painted with several seeds, and with how many.
    public var variedPrompts = 24
    /// Seeds of each such prompt, 1 to 64; fewer than two measure nothing.
    public var variedSeeds = 4
    /// How the ``KernelDistance`` is estimated, where there is an embedder.
    public var kernelDistance = KernelDistanceSettings()
    /// The side at which pictures of several models are compared.
    public var commonSize = 64
    /// The grid's prompts, one row each.
    public var gridPrompts: [String] = []
    /// The grid's seeds, one column each.
    public var gridSeeds: [UInt32] = [0, 1, 2, 3]

    /// The defaults above, without a grid.
    public init() {}
}
