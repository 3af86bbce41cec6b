import PinxitTensors

/// The steps of a sampler for one model, and how a run of them begins.
public struct SamplingPlan: Sendable {
    /// What takes the steps.
    public var sampler: Sampler
    /// What the network's answers mean, for samplers that combine these rather than guesses of the
    /// result.
    public var prediction: PredictionType
    /// In order, from the most noise to the least; PNDM's second takes the first again.
    public var steps: [SamplingStep]
    /// Whether pure noise is multiplied by the sigma of the first step, as in Euler's method, or
    /// taken as it is.
    public var scalesNoise: Bool
    /// What the result is multiplied by: 1, but where a sampler's class in diffusers leaves noise
    /// on the last latents without scaling them down for it.
    public var finalScale = 1.0
    /// What LCM multiplies time steps by in its boundary condition.
    public var boundaryScale = 10.0
    /// The standard deviation of the latents in a plan of ``EDM``'s; nil in others.
    public var sigmaData: Double?
    /// What standard normal noise is multiplied by to start from, where neither 1 nor the first
    /// sigma is.
    public var noiseScale: Double?
    /// The levels between which a random walk leads, noise to picture, for samplers that follow
    /// one: those of the whole plan, also where a part of it is taken.
    var walk: ClosedRange<Double>?
    /// The inputs of the steps before the first that a plan from the middle leaves out, for LMS.
    var before: [NoiseLevel] = []
    /// The seed of the random walk, where the scheduler's file names one; nil is the picture's.
    var walkSeed: UInt64?
    /// The rule of DPM++'s second-order steps.
    public var solverType = SchedulerConfiguration.SolverType.midpoint

    /// - Parameter steps: At least one; the first takes none again.
    public init(
        sampler: Sampler, prediction: PredictionType, steps: [SamplingStep],
        scalesNoise: Bool = false
    ) {
        precondition(
            steps.first.map { $0.repeatedFrom == nil } ?? false,
            "a plan has a first step that takes none again, not \(steps.prefix(1))"
        )
        self.sampler = sampler
        self.prediction = prediction
        self.steps = steps
        self.scalesNoise = scalesNoise
    }

    /// The plan diffusers would follow with the scheduler class of `sampler` and this
    /// configuration.
    ///
    /// For a model of rectified flow all samplers take the same steps along the flow's sigmas; DDIM
    /// and PNDM are then the Euler method, and Euler ancestral takes the step of that name for
    /// rectified flow in k-diffusion's successors.
    /// - Parameters:
    ///   - sampler: The configuration's own if nil.
    ///   - count: Steps, from 1 to the sampler's ``Sampler/mostSteps`` (PNDM makes one more).
    public init(_ configuration: SchedulerConfiguration, sampler: Sampler? = nil, steps count: Int)
    {
        let sampler = sampler ?? configuration.sampler
        let most = sampler.mostSteps(configuration)
        precondition(count >= 1 && count <= most, "1 to \(most) steps are possible, not \(count)")
        self = sampler.plan(configuration, configuration.spacing ?? sampler.usualSpacing, count)
    }

    /// The plan from a step on, for runs that begin with a picture rather than with pure noise.
    ///
    /// The first step of a multistep sampler is then of first order, and those behind it look back
    /// only as far as there is something. A step that would take the dropped one before it again is
    /// dropped too: the next has the same input.
    /// - Parameter index: Of the first step to keep; 0 is the whole plan.
    public func starting(at index: Int) -> SamplingPlan {
        precondition(
            steps.indices.contains(index), "step \(index) of a plan of \(steps.count) steps")
        guard index > 0 else { return self }
        var plan = self
        plan.steps = Array(steps[index...].drop { $0.repeatedFrom != nil })
        guard sampler.isMultistep else { return plan }
        for i in plan.steps.indices { plan.steps[i].order = min(plan.steps[i].order, i + 1) }
        return plan
    }

    /// The part of a plan that changes a picture by so much, 0 to 1: the first steps, which would
    /// only make of noise what is there already, are left out (Meng et al. 2022, arXiv 2108.01073;
    /// diffusers' `strength`).
    ///
    /// - Parameter count: The steps that were asked for; a plan may have one more.
    /// - Returns: Nil if no step is left.
    public func changing(by strength: Double, of count: Int) -> SamplingPlan? {
        let taken = min(Int(Double(count) * strength), count)
        // Some schedules have fewer steps than were asked for.
        return taken > 0 ? sampler.entering(self, min(count - taken, steps.count - 1)) : nil
    }

    /// Which part of a plan is taken, where two models divide it.
    public enum Part: Sendable, Equatable {
        case whole
        /// Down to where this share of the training time is denoised (diffusers' `denoising_end`).
        case until(Double)
        /// From there on (diffusers' `denoising_start`).
        case from(Double)
    }

    /// A part of the plan; nil if it has no steps.
    ///
    /// - Parameter trainTimesteps: Of the model, over which the share is measured.
    public func taking(_ part: Part, of trainTimesteps: Int) -> SamplingPlan? {
        func index(_ share: Double) -> Int {
            let time = Double(trainTimesteps)
            let cut = (time - share * time).rounded(.toNearestOrEven)
            return steps.firstIndex { Double($0.timestep) < cut } ?? steps.count
        }
        switch part {
        case .whole: return self
        case .until(let share):
            var plan = self
            plan.steps = Array(steps[..<index(share)])
            // What another goes on with keeps its noise.
            if plan.steps.count < steps.count { plan.finalScale = 1 }
            return plan.steps.isEmpty ? nil : plan
        case .from(let share):
            let start = index(share)
            return start < steps.count ? starting(at: start) : nil
        }
    }

    /// What standard normal noise is multiplied by to start from.
    public var initialScale: Double {
        if let noiseScale { return noiseScale }
        return scalesNoise ? steps.map(\.input.sigma).max() ?? 1 : 1
    }

    /// The x to begin with where there is no picture yet.
    ///
    /// - Parameter noise: Standard normal, of the latents' shape in f32.
    public func start(from noise: Tensor) -> Tensor {
        initialScale == 1 ? noise : noise * Float(initialScale)
    }

    /// The x to begin with for a picture that is to be changed: alpha clean + sigma noise at the
    /// first step's input (diffusers' `add_noise`).
    ///
    /// - Parameters:
    ///   - clean: The picture's latents, in f32.
    ///   - noise: Standard normal, of the same shape.
    public func start(from clean: Tensor, noise: Tensor) -> Tensor {
        let level = steps[0].input
        return blend(Float(level.alpha), clean, Float(level.sigma), noise)
    }
}
