/// How noise levels lie between the first and the last: the schedules of AUTOMATIC1111's web UI,
/// whose arithmetic they have.
public enum NoiseCurve: String, CaseIterable, Codable, Sendable {
    /// As they are at the time steps that are visited.
    case normal
    /// As in Karras et al. 2022 (arXiv 2206.00364), equation 5 with ρ = 7.
    case karras
    /// With logarithms at even distances.
    case exponential
    /// k-diffusion's `get_sigmas_polyexponential`, whose usual ρ = 1 makes it ``exponential``.
    case polyexponential
    /// At the quantiles of a Beta distribution with α = β = 0.6: many at both ends (Lee et al.
    /// 2024, arXiv 2407.12173). diffusers' and AUTOMATIC1111's, which interpolate between the least
    /// level and the most; ComfyUI's takes the nearest training time step instead.
    case beta
    /// With arcus tangents at even distances (Sabour et al. 2024, arXiv 2404.14507, section 3.1).
    /// The last step ends at the least level, not at none.
    case klOptimal = "kl_optimal"
    /// Tables of 11 levels optimised for Stable Diffusion and SDXL (the same paper), their
    /// logarithms interpolated.
    case alignYourSteps = "align_your_steps"
    /// Whole strides of training time steps down from the last, as distilled models take them.
    case turbo
    /// Every so many of the training's levels, from the last.
    case simple
    /// At even distances in time from the last to the first, which is left out.
    case sgmUniform = "sgm_uniform"
    /// Every so many of the training's levels, from the second up. Where the steps do not divide
    /// the training's, there are some more.
    case ddimUniform = "ddim_uniform"

    /// What AUTOMATIC1111's web UI calls it in its lists and picture texts.
    public var title: String {
        switch self {
        case .normal: "Uniform"
        case .karras: "Karras"
        case .exponential: "Exponential"
        case .polyexponential: "Polyexponential"
        case .beta: "Beta"
        case .klOptimal: "KL Optimal"
        case .alignYourSteps: "Align Your Steps"
        case .turbo: "Turbo"
        case .simple: "Simple"
        case .sgmUniform: "SGM Uniform"
        case .ddimUniform: "DDIM"
        }
    }

    /// The spacing that is nearest, for samplers whose steps lie on no curve.
    public var nearSpacing: TimestepSpacing? {
        switch self {
        case .turbo, .simple, .sgmUniform: .trailing
        case .ddimUniform: .leading
        default: nil
        }
    }

    /// Those that a rectified flow's levels may lie on, between its own first and last: diffusers'
    /// `FlowMatchEulerDiscreteScheduler` has them.
    public static let ofFlows: [NoiseCurve] = [
        .normal, .karras, .exponential, .polyexponential, .beta,
    ]
}

extension SchedulerConfiguration {
    /// Lays noise levels on a curve, whatever the file says.
    public mutating func follow(_ curve: NoiseCurve) {
        askedCurve = curve
        useKarrasSigmas = curve == .karras
        useExponentialSigmas = curve == .exponential || curve == .polyexponential
        useBetaSigmas = curve == .beta
        useLuLambdas = false
    }

    /// Whether steps of a sampler may lie on a curve: those of k-diffusion and the classes of
    /// diffusers that know one; on a flow those of ``NoiseCurve/ofFlows``, and none of EDM's.
    public func takes(_ curve: NoiseCurve, _ sampler: Sampler) -> Bool {
        if curve == .normal { return true }
        guard edm == nil, !isFlow || NoiseCurve.ofFlows.contains(curve) else { return false }
        return [
            .euler, .eulerAncestral, .heun, .lms, .dpm2, .dpm2Ancestral, .dpmpp2S, .dpmpp2M,
            .dpmpp2MSDE, .uniPC, .deis, .dpmpp2SAncestral, .dpmppSDE, .dpmpp3MSDE,
        ].contains(sampler)
    }
}
