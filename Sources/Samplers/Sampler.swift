/// The samplers, by the names users give them.
public enum Sampler: String, CaseIterable, Sendable, Codable {
    case ddim
    case euler
    case eulerAncestral = "euler_a"
    case dpmpp2M = "dpmpp_2m"
    case pndm

    /// The sampler of a name as people write it: ours, or that of the diffusers class.
    public init?(name: String) {
        let key = name.lowercased().filter { $0.isLetter || $0.isNumber || $0 == "+" }
        guard let sampler = Self.names[key] else { return nil }
        self = sampler
    }

    private static let names: [String: Sampler] = [
        "ddim": .ddim, "ddimscheduler": .ddim,
        "euler": .euler, "eulerdiscrete": .euler, "eulerdiscretescheduler": .euler,
        "eulera": .eulerAncestral, "eulerancestral": .eulerAncestral,
        "eulerancestraldiscretescheduler": .eulerAncestral,
        "dpmpp2m": .dpmpp2M, "dpm++2m": .dpmpp2M, "dpmsolvermultistepscheduler": .dpmpp2M,
        "pndm": .pndm, "plms": .pndm, "pndmscheduler": .pndm,
    ]

    /// The names to list in help and errors.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }

    /// What AUTOMATIC1111 and those who read its picture texts call it.
    public var title: String {
        switch self {
        case .ddim: "DDIM"
        case .euler: "Euler"
        case .eulerAncestral: "Euler a"
        case .dpmpp2M: "DPM++ 2M"
        case .pndm: "PLMS"
        }
    }

    /// The spacing of its diffusers class where a configuration names none.
    var usualSpacing: TimestepSpacing {
        switch self {
        case .ddim, .pndm: .leading
        case .euler, .eulerAncestral, .dpmpp2M: .linspace
        }
    }
}

/// How the steps are laid over the training time steps: Table 2 of Lin et al. 2023 (arXiv
/// 2305.08891).
public enum TimestepSpacing: String, CaseIterable, Sendable {
    case linspace, leading, trailing
}

/// What the network was trained to say about x = α x₀ + σ ε.
public enum PredictionType: String, CaseIterable, Sendable {
    /// The noise ε.
    case epsilon
    /// v = α ε − σ x₀ (Salimans & Ho 2022).
    case velocity = "v_prediction"
    /// ε − x₀, the direction of a straight path (rectified flow, Liu et al. 2022), with α = 1 − σ.
    case flow = "flow_prediction"
    /// The picture x₀ itself.
    case sample
}
