import PinxitFiles

/// A diffusers `scheduler_config.json`: how a diffusion model was trained and is meant to be
/// sampled.
public struct SchedulerConfiguration: Sendable {
    /// How the betas, the noise a training time step adds, grow from ``betaStart`` to ``betaEnd``.
    public enum BetaSchedule: String, CaseIterable, Sendable {
        /// Evenly (Ho et al. 2020).
        case linear
        /// Their square roots evenly: Stable Diffusion's.
        case scaledLinear = "scaled_linear"
        /// From a squared cosine of time instead (Nichol & Dhariwal 2021), without start and end.
        case squaredCosine = "squaredcos_cap_v2"
    }

    /// What noise the last step leaves.
    public enum FinalSigma: String, CaseIterable, Sendable {
        /// None.
        case zero
        /// That of the first training time step.
        case smallest = "sigma_min"
    }

    /// How DPM++ takes steps of second order.
    public enum SolverType: String, CaseIterable, Sendable {
        /// By the slope alone, over half the step.
        case midpoint
        /// By the integral of a line.
        case heun
    }

    /// The sampler of the file's class; DDIM for a class that is not known, which ``check(_:)``
    /// says.
    public var sampler: Sampler
    /// How many time steps the model was trained with, 2 to 100 000.
    public var trainTimesteps = 1000
    /// The first beta, above 0 and below 1.
    public var betaStart = 0.0001
    /// The last beta, above 0 and below 1.
    public var betaEnd = 0.02
    /// The formula between them, unless ``trainedBetas`` are given.
    public var betaSchedule = BetaSchedule.linear
    /// The betas themselves, instead of a formula for them.
    public var trainedBetas: [Double]?
    /// What the network was trained to say.
    public var prediction = PredictionType.epsilon
    /// Nil where the file does not say: then each sampler has its usual one, as in diffusers.
    public var spacing: TimestepSpacing?
    /// Added to time steps of leading spacing, so that the last is not 0 but 1 in Stable Diffusion;
    /// 0 to 1000.
    public var stepsOffset = 0
    /// Whether DDIM and PNDM end at no noise at all rather than that of the first training step.
    /// Nil: yes for DDIM only.
    public var setAlphaToOne: Bool?
    /// Whether betas are changed so that the last time step is pure noise (Lin et al. 2023,
    /// algorithm 1); not heeded by PNDM.
    public var rescaleBetasZeroSNR = false
    /// Whether noise levels lie as in Karras et al. 2022, equation 5 with ρ = 7; not heeded by
    /// DDIM, PNDM, Euler ancestral and flows.
    public var useKarrasSigmas = false
    /// Whether the logarithms of noise levels lie evenly; heeded where Karras' are, unless those
    /// are asked for.
    public var useExponentialSigmas = false
    /// Whether noise levels lie at quantiles of a Beta distribution (``NoiseCurve/beta``); heeded
    /// where Karras' are, unless those or exponential ones are asked for.
    public var useBetaSigmas = false
    /// `use_lu_lambdas`: the logarithms of noise levels lie evenly (Lu et al. 2022, arXiv
    /// 2206.00927); heeded by multistep DPM++ alone, before exponential ones, after Karras'.
    public var useLuLambdas = false
    /// The curve that ``follow(_:)`` asks for; nil is what the file says.
    var askedCurve: NoiseCurve?
    /// Whether the network is SDXL's, for which ``NoiseCurve/alignYourSteps`` has a table of its
    /// own.
    public var isForXL = false
    /// Where noise levels on a curve of the file's end, as noise to picture, above 0; nil: at the
    /// last that they replace.
    public var sigmaMin: Double?
    /// Where they begin.
    public var sigmaMax: Double?
    /// `lambda_min_clipped`: DPM++ leaves out time steps with less log(α/σ) than this, unless
    /// levels lie on a curve.
    public var lambdaMin = -Double.infinity
    /// Whether noise levels are a rectified flow's; the same as ``isFlow`` in every file that is
    /// accepted.
    public var useFlowSigmas = false
    /// How far a flow's sigmas are shifted to more noise: σ becomes s σ / (1 + (s − 1) σ); 1 leaves
    /// them.
    public var flowShift = 1.0
    /// What Euler's methods, DPM++ and flows end at; Euler ancestral ends at none.
    public var finalSigma = FinalSigma.zero
    /// Whether the last step of DPM++ is of first order in plans of fewer than 15 steps. It always
    /// is where it ends at no noise.
    public var lowerOrderFinal: Bool?
    /// Whether the last step of DPM++ is of first order, however many there are.
    public var eulerAtFinal = false
    /// `original_inference_steps` of LCM and TCD: how many time steps a model was distilled at, 1
    /// to ``trainTimesteps``.
    public var originalSteps = 50
    /// Whether LCM takes all its steps in the part of the time that a picture is changed by, as
    /// diffusers' pipelines for latent consistency models do, rather than the last of them.
    public var entersWhole = false
    /// The part of the ``originalSteps`` that LCM and TCD take theirs from, those with the least
    /// noise; above 0, up to 1.
    public var distilledShare = 1.0
    /// The training time steps of LCM and TCD, falling, for plans of as many steps; nil is an even
    /// selection of the ``originalSteps``.
    public var distilledTimesteps: [Int]?
    /// The schedule of a model trained as in EDM, in place of betas; nil for others. Euler's
    /// methods and DPM++ heed it, and no other sampler takes it.
    public var edm: EDM?
    /// `timestep_scaling` of LCM: what its boundary condition multiplies time steps by.
    public var timestepScaling = 10.0
    /// Of DPM++: 1 to 3.
    public var solverOrder = 2
    /// Of DPM++.
    public var solverType = SolverType.midpoint
    /// Of UniPC: whether B(h) is h (`bh1`), not e^h − 1.
    public var usesFirstUniPC = false
    /// `disable_corrector` of UniPC: steps, counted from 0, that are not taken again once their end
    /// is known.
    public var uncorrectedSteps: [Int] = []
    /// `noise_sampler_seed` of `dpmpp_sde`: the seed of its random walk, whatever the picture's;
    /// nil is the picture's.
    public var walkSeed: UInt64?
    /// What was understood differently from what the file says, for the user to know.
    public var notes: [String] = []
    /// What ``check(_:)`` throws.
    var refusals: [Refusal] = []

    /// diffusers' defaults with a sampler, without a file.
    public init(sampler: Sampler = .ddim) { self.sampler = sampler }

    /// How many of the ``originalSteps`` there are to take.
    public var distilledCount: Int { Int(Double(originalSteps) * distilledShare) }

    /// The same for changing a picture by so much, where LCM takes all steps within that; nil where
    /// a sampler takes the last of its steps.
    public func entering(_ strength: Double, _ sampler: Sampler) -> SchedulerConfiguration? {
        guard entersWhole, sampler == .lcm, !isFlow else { return nil }
        var copy = self
        copy.distilledShare = strength
        return copy
    }

    /// Whether noise is mixed in along a straight line, x = (1 − σ) x₀ + σ ε.
    public var isFlow: Bool { prediction == .flow }

    /// The configuration as diffusers' pipelines of Stable Diffusion 1 and 2 use it: they force an
    /// offset of 1.
    public var forStableDiffusion: SchedulerConfiguration {
        var copy = self
        copy.stepsOffset = 1
        return copy
    }
}
