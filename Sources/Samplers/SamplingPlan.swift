/// One call of the network and the step taken with its answer.
public struct SamplingStep: Sendable, Hashable {
    /// What the network is told, 0 up to the number of training time steps; may lie between two.
    public var timestep: Float
    /// The noise in what the network is given.
    public var input: NoiseLevel
    /// The step's start: the input's level, except in PNDM's second step, which repeats its first.
    public var from: NoiseLevel
    /// The noise that is left after the step.
    public var to: NoiseLevel

    public init(timestep: Float, input: NoiseLevel, from: NoiseLevel? = nil, to: NoiseLevel) {
        self.timestep = timestep
        self.input = input
        self.from = from ?? input
        self.to = to
    }
}

/// The steps of a sampler for one model, with what else distinguishes them from other plans.
public struct SamplingPlan: Sendable {
    public var sampler: Sampler
    public var prediction: PredictionType
    public var steps: [SamplingStep]
    /// What standard normal noise is multiplied by to start from.
    public var initialScale: Double
    /// Which steps of DPM++ 2M look back at the step before.
    public var secondOrder: [Bool]

    public init(
        sampler: Sampler, prediction: PredictionType, steps: [SamplingStep],
        initialScale: Double = 1, secondOrder: [Bool]? = nil
    ) {
        self.sampler = sampler
        self.prediction = prediction
        self.steps = steps
        self.initialScale = initialScale
        self.secondOrder =
            secondOrder ?? steps.indices.map { $0 > 0 && steps[$0].to.sigma > 0 }
    }

    /// The plan diffusers would follow with the scheduler class of `sampler` and this
    /// configuration.
    ///
    /// For a model of rectified flow all samplers take the same steps along the flow's sigmas; DDIM
    /// and PNDM are then the Euler
    /// method, and Euler ancestral takes the step of that name for rectified flow in k-diffusion's
    /// successors.
    /// - Parameters:
    ///   - sampler: The configuration's own if nil.
    ///   - count: Network evaluations, at least 1 (PNDM makes one more).
    public init(_ configuration: SchedulerConfiguration, sampler: Sampler? = nil, steps count: Int)
    {
        precondition(
            count >= 1 && count <= configuration.trainTimesteps,
            "1 to \(configuration.trainTimesteps) steps are possible, not \(count)")
        let sampler = sampler ?? configuration.sampler
        if configuration.isFlow {
            self.init(flow: configuration, sampler == .pndm ? .ddim : sampler, count)
            return
        }
        switch sampler {
        case .ddim: self.init(ddim: configuration, count)
        case .pndm: self.init(pndm: configuration, count)
        case .euler, .eulerAncestral: self.init(euler: configuration, sampler, count)
        case .dpmpp2M: self.init(dpmpp2M: configuration, count)
        }
    }
}
