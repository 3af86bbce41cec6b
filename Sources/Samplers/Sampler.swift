/// A way from noise to a picture: one entry of the table of samplers.
///
/// Each method has a file in `Methods` and a word in ``allCases``. An entry is compared, hashed and
/// coded by its name alone, so it may also be made elsewhere and given to a ``SamplingPlan``; only
/// those listed are found by name.
public struct Sampler: Sendable {
    /// What users type and JSON holds.
    public let name: String
    /// The scheduler class of diffusers that takes the same steps; nil where none does.
    public let diffusersClass: String?
    /// What AUTOMATIC1111 and those who read its picture texts call it.
    public let title: String
    /// What else people write for it.
    public let otherNames: [String]
    /// The spacing of its diffusers class where a configuration names none.
    public let usualSpacing: TimestepSpacing
    /// Whether steps above first order look back at the steps before.
    public let isMultistep: Bool
    /// How much new noise its steps add, 0 to 1; nil for a sampler that does not let it be chosen.
    public let eta: Double?
    /// The most steps a plan may have for a model of this configuration.
    public let mostSteps: @Sendable (_ configuration: SchedulerConfiguration) -> Int
    /// The plan of `count` steps, from 1 to ``mostSteps``, for a model of this configuration. Its
    /// sampler is usually this one. ``SamplingPlan/init(_:sampler:steps:)`` chooses the spacing and
    /// checks the count.
    public let plan:
        @Sendable (
            _ configuration: SchedulerConfiguration, _ spacing: TimestepSpacing, _ count: Int
        ) -> SamplingPlan
    /// The plan from a step on, for a picture that is to be changed. Usually
    /// ``SamplingPlan/starting(at:)``.
    public let entering: @Sendable (_ plan: SamplingPlan, _ index: Int) -> SamplingPlan
    /// Begins a run of a plan: what takes its steps, in order, with whatever it has to remember.
    public let begin: @Sendable (_ plan: SamplingPlan) -> TakeStep

    /// An entry of the table; see the properties for what each means.
    public init(
        name: String, diffusersClass: String?, title: String, otherNames: [String] = [],
        usualSpacing: TimestepSpacing, isMultistep: Bool = false, eta: Double? = nil,
        mostSteps: @escaping @Sendable (SchedulerConfiguration) -> Int = { $0.trainTimesteps },
        plan:
            @escaping @Sendable (
                _ configuration: SchedulerConfiguration, _ spacing: TimestepSpacing, _ count: Int
            ) -> SamplingPlan,
        entering: @escaping @Sendable (SamplingPlan, Int) -> SamplingPlan = {
            $0.starting(at: $1)
        },
        begin: @escaping @Sendable (_ plan: SamplingPlan) -> TakeStep
    ) {
        self.name = name
        self.diffusersClass = diffusersClass
        self.title = title
        self.otherNames = otherNames
        self.usualSpacing = usualSpacing
        self.isMultistep = isMultistep
        self.eta = eta
        self.mostSteps = mostSteps
        self.plan = plan
        self.entering = entering
        self.begin = begin
    }
}

extension Sampler: CaseIterable {
    /// All that are found by name, in the order of lists.
    public static let allCases: [Sampler] = [
        .ddim, .ddpm, .euler, .eulerAncestral, .heun, .dpm2, .dpm2Ancestral, .lms,
        .dpmpp2S, .dpmpp2SAncestral, .dpmppSDE, .dpmpp2M, .dpmpp2MSDE, .dpmpp3MSDE, .uniPC, .deis,
        .pndm,
        .lcm, .tcd,
    ]
}

extension Sampler {
    /// Its ``eta``, where that can be chosen and is not the usual one of its name; else nil.
    public var unusualEta: Double? {
        let usual = Self.allCases.first { $0 == self }
        return adding(0) == nil || eta == usual?.eta ? nil : eta
    }

    /// The same with as much new noise; nil for a sampler that does not let it be chosen.
    public func adding(_ eta: Double) -> Sampler? {
        switch self {
        case .ddim: .ddim(eta: eta)
        case .eulerAncestral: .eulerAncestral(eta: eta)
        case .tcd: .tcd(eta: eta)
        default: nil
        }
    }
}

extension Sampler: Hashable, CustomStringConvertible {
    /// Whether the names are the same; how steps are taken is not looked at.
    public static func == (a: Sampler, b: Sampler) -> Bool { a.name == b.name }
    /// By the name alone, as ``==(_:_:)`` compares.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
    /// Its ``name``.
    public var description: String { name }
}
