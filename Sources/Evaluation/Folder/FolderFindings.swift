/// What the evaluation of a folder's pictures found out.
public struct FolderFindings: Sendable {
    /// What was painted.
    public var orders: [PaintingOrder]
    /// The files of the real pictures of the prompts.
    public var realFiles: [String]
    /// Pictures the model learnt from that were looked through.
    public var trainingPictures: Int
    /// Whether the prompts' pictures were kept from training.
    public var isHeldOut: Bool
    /// Nil where there are too few, as all that follows.
    public var scores: CaptionScores?
    /// For ranks 1, 5 and 10, as far as there are more captions.
    public var recall: [CaptionRecall] = []
    /// Painted pictures against real ones.
    public var kernelDistance: KernelDistance?
    /// Held-out real pictures against training pictures, in subsets of the same size.
    public var kernelDistanceFloor: KernelDistance?
    /// In each space.
    public var memorisations: [Memorisation] = []
    /// In each space.
    public var diversities: [Diversity] = []
    /// What there are too few pictures for.
    public var notMeasured: [NotMeasured] = []
    /// The training pictures nearest to painted ones by embedding, whether they tell of copying or
    /// not: nearest first.
    public var nearest: [Memorisation.Pair] = []
    /// Their files.
    public var nearestFiles: [String] = []
    /// Of each prompt's picture: the cosine with its caption, a hundredfold.
    public var each: [Double] = []

    /// A measure that would be no more than chance.
    public struct NotMeasured: Sendable, Hashable {
        /// What would have been measured, such as `KID`.
        public var measure: String
        /// What there is too little of, and how much is needed.
        public var reason: String
    }

    /// What was found in one space; nil if it was not looked at.
    public func memorisation(_ space: Memorisation.Space) -> Memorisation? {
        memorisations.first { $0.space == space }
    }

    /// What was found in one space; nil if it was not looked at.
    public func diversity(_ space: Memorisation.Space) -> Diversity? {
        diversities.first { $0.space == space }
    }
}
