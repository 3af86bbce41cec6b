/// One step: what the network is asked, and from where to where its answer leads.
public struct SamplingStep: Sendable, Hashable {
    /// What the network is told, 0 up to the number of training time steps; may lie between two.
    /// With ``EDM`` a quarter of the logarithm of the noise.
    public var timestep: Float
    /// The noise in what the network is given.
    public var input: NoiseLevel
    /// Of a step that takes the one before again, now knowing its end (PNDM's second): where that
    /// began. Nil for all others.
    public var repeatedFrom: NoiseLevel?
    /// Of PNDM's steps: the level a stride above the input, from where the step is taken if it
    /// takes the one before again.
    var above: NoiseLevel?
    /// The noise that is left after the step.
    public var to: NoiseLevel
    /// What the network is asked in the middle of the step, for samplers that do.
    public var middle: Evaluation?
    /// The order of the formula the step is taken with: 1 uses its own guess alone, 2 and more use
    /// others too, earlier ones or further ones.
    public var order: Int
    /// Whether a corrector may take the step again once its end is known (UniPC's).
    public var isCorrected = true

    /// What the network is asked beside a step's start.
    public struct Evaluation: Sendable, Hashable {
        /// As ``SamplingStep/timestep``.
        public var timestep: Float
        /// The noise in what the network is given.
        public var input: NoiseLevel
    }

    /// - Parameter from: Where the step before began, if this takes it again.
    public init(
        timestep: Float, input: NoiseLevel, from: NoiseLevel? = nil, to: NoiseLevel, order: Int = 1
    ) {
        self.timestep = timestep
        self.input = input
        self.repeatedFrom = from
        self.to = to
        self.order = order
    }

    /// The step's start: the input's level, unless it takes the one before again.
    public var from: NoiseLevel { repeatedFrom ?? input }
}
