/// What a sampler's name says, whoever wrote it: ours, a class of diffusers, a label of
/// AUTOMATIC1111's ("DPM++ 2M SDE Karras", which names a schedule too), or a name of ComfyUI's
/// ("dpmpp_2m_sde_gpu"), InvokeAI's ("dpmpp_2m_k") or stable-diffusion.cpp's ("dpm++2m").
///
/// A sampler's own names are in its entry of the table; what may stand before and behind one of
/// them is known here.
public struct SamplerName: Sendable, Equatable {
    /// Nil for one that is not here.
    public let sampler: Sampler?
    /// What the name says of the schedule.
    public let schedule: ScheduleName

    /// Reads any text. Only letters, digits and plus signs count, in either case.
    public init(_ name: String) {
        let words = Self.words(name)
        // The longest beginning that is a sampler; what is behind it must be a schedule.
        let whole = Self.trimmed(words)
        for count in stride(from: whole.count, to: 0, by: -1) {
            guard let sampler = Sampler(key: whole.prefix(count).joined()) else { continue }
            let rest = whole.dropFirst(count)
            guard let schedule = ScheduleName(known: rest.joined()) else { continue }
            (self.sampler, self.schedule) = (sampler, schedule)
            return
        }
        sampler = nil
        schedule = ScheduleName.unsaid
    }

    /// The words of a name without the k of k-diffusion before it, and the device behind it.
    private static func trimmed(_ words: [String]) -> [String] {
        guard Sampler(key: words.joined()) == nil else { return words }
        let rest = words.filter { $0 != "gpu" }
        return rest.first == "k" ? Array(rest.dropFirst()) : rest
    }

    private static func words(_ name: String) -> [String] {
        // Names of samplers are short; a text from a picture may be anything.
        name.prefix(80).lowercased().split { !$0.isLetter && !$0.isNumber && $0 != "+" }
            .map(String.init)
    }
}

/// What a schedule's name says: A1111's "SGM Uniform", ComfyUI's "sgm_uniform", the last letter of
/// InvokeAI's "euler_k".
public struct ScheduleName: Sendable, Equatable {
    /// The curve that noise levels lie on; nil where nothing is said of it.
    public var curve: NoiseCurve?
    /// How steps lie over the training's; nil where nothing is said of it.
    public var spacing: TimestepSpacing?

    /// Of a sampler's name that names no schedule.
    public static let unsaid = ScheduleName()

    private init(
        _ curve: NoiseCurve? = nil, _ spacing: TimestepSpacing? = nil
    ) {
        (self.curve, self.spacing) = (curve, spacing)
    }

    /// Nil for a schedule that is not here.
    public init?(_ name: String) { self.init(known: Sampler.key(of: name)) }

    fileprivate init?(known key: String) {
        switch key {
        case "", "automatic": self.init()
        case "normal", "uniform", "discrete", "linspace", "default": self.init(.normal, .linspace)
        case "karras", "k", "ka": self.init(.karras)
        case "exponential", "exp", "ke": self.init(.exponential)
        case "polyexponential": self.init(.polyexponential)
        case "beta": self.init(.beta)
        case "kloptimal": self.init(.klOptimal)
        case "alignyoursteps", "ays", "alignyourstepsscheduler": self.init(.alignYourSteps)
        case "turbo", "sdturbo", "sdturboscheduler": self.init(.turbo)
        case "simple": self.init(.simple)
        case "sgmuniform": self.init(.sgmUniform)
        case "ddimuniform", "ddim": self.init(.ddimUniform)
        case "trailing": self.init(.normal, .trailing)
        case "leading": self.init(.normal, .leading)
        default: return nil
        }
    }

    /// Samplers whose labels go with Karras' levels in AUTOMATIC1111 where it chooses.
    public static func automatic(of sampler: Sampler) -> NoiseCurve {
        switch sampler {
        case .dpmpp2M, .dpmpp2SAncestral, .dpmppSDE, .dpm2, .dpm2Ancestral: .karras
        case .dpmpp2MSDE, .dpmpp3MSDE: .exponential
        default: .normal
        }
    }
}
