import PinxitFiles

/// A diffusers `scheduler_config.json`: how a diffusion model was trained and is meant to be
/// sampled.
public struct SchedulerConfiguration: Sendable {
    public enum BetaSchedule: String, CaseIterable, Sendable {
        case linear
        case scaledLinear = "scaled_linear"
        case squaredCosine = "squaredcos_cap_v2"
    }

    public enum FinalSigma: String, CaseIterable, Sendable {
        case zero
        case smallest = "sigma_min"
    }

    /// The sampler of the file's class.
    public var sampler: Sampler
    public var trainTimesteps = 1000
    public var betaStart = 0.0001
    public var betaEnd = 0.02
    public var betaSchedule = BetaSchedule.linear
    /// The betas themselves, instead of a formula for them.
    public var trainedBetas: [Double]?
    public var prediction = PredictionType.epsilon
    /// Nil where the file does not say: then each sampler has its usual one, as in diffusers.
    public var spacing: TimestepSpacing?
    public var stepsOffset = 0
    /// Whether DDIM and PNDM end at no noise at all rather than that of the first training step.
    /// Nil: yes for DDIM only.
    public var setAlphaToOne: Bool?
    public var rescaleBetasZeroSNR = false
    public var useKarrasSigmas = false
    public var useFlowSigmas = false
    public var flowShift = 1.0
    public var finalSigma = FinalSigma.zero
    public var lowerOrderFinal = true
    public var eulerAtFinal = false
    /// Of DPM++: 1 or 2.
    public var solverOrder = 2
    /// What was understood differently from what the file says, for the user to know.
    public var notes: [String] = []

    public init(sampler: Sampler = .ddim) { self.sampler = sampler }

    /// Whether noise is mixed in along a straight line, x = (1 − σ) x₀ + σ ε.
    public var isFlow: Bool { prediction == .flow }

    /// The configuration as diffusers' Stable Diffusion pipelines use it: they force an offset of
    /// 1.
    public var forStableDiffusion: SchedulerConfiguration {
        var copy = self
        copy.stepsOffset = 1
        return copy
    }
}
