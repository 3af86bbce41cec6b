import PinxitLayers

/// How a model's weights are brought in: one value for all of its components.
public struct LoadOptions: Sendable {
    /// Whether weights stay in their files and are packed anew for every use: little memory, slower
    /// steps, the same numbers.
    public var isStreamed: Bool
    /// Whether changed weights, which no file holds, are laid in one too. Unlike `isStreamed` this
    /// is the caller's wish for little memory, not a single component's.
    let laysChangesInFile: Bool
    /// The files of one variant only, such as `fp16`. Nil is the files without a variant, and the
    /// `fp16` ones where there are no others.
    public var variant: String?
    /// Changes to weights as they come in, in their order.
    public var adapters: [WeightAdapter]
    /// Changes that learn while the weights stay, as layers are built.
    public var lowRank: (any LowRankSource)?
    /// What has the parameters of components that are not to be as their files have them.
    public var parameters: (any ParameterSource)?
    /// Words that text encoders get vectors for.
    public var embeddings: [WordEmbedding] = []
    /// Where packed weights go that are to be kept for later processes; nil uses what lies there.
    public var packing: PackedCollection?
    /// What was found that the user should know; shared by the copies of these options.
    public let notes = LoadNotes()

    /// By default everything in memory, as the files hold it.
    public init(isStreamed: Bool = false, variant: String? = nil, adapters: [WeightAdapter] = []) {
        self.isStreamed = isStreamed
        laysChangesInFile = isStreamed
        self.variant = variant
        self.adapters = adapters
    }

    /// The same, with weights streamed in any case.
    public var streamed: LoadOptions {
        var options = self
        options.isStreamed = true
        return options
    }
}
