import PinxitSamplers

/// How a model that was distilled to few steps wants to be sampled, as far as its name tells: what
/// its authors say of it.
public struct FewSteps: Sendable, Equatable {
    /// Denoising steps.
    public var steps: Int
    /// 1 is none, which is what most are distilled for.
    public var guidanceScale = 1.0
    /// How the steps are taken.
    public var sampler: Sampler
    /// How they lie over the training's; nil is the sampler's usual way.
    public var spacing: TimestepSpacing?
    /// What the network says, where that differs from its configuration.
    public var prediction: PredictionType?
    /// The training time steps to visit, where they are not the sampler's usual ones.
    public var timesteps: [Int]?

    /// - Parameter name: Of a file or a folder, such as `sdxl_lightning_4step_unet`.
    public init?(name: String) {
        let lowered = name.lowercased()
        let words = lowered.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        let joined = words.joined()
        let count = Self.steps(in: lowered)
        if joined.contains("lightning") {
            self.init(steps: count ?? 4, .euler, .trailing)
            if steps == 1 { prediction = .sample }
        } else if joined.contains("hypersd") || words.contains("hyper") {
            self.init(
                hyper: count, hasGuidance: joined.contains("cfg"), isLoRA: joined.contains("lora"))
        } else if joined.contains("dmd2") {
            self.init(steps: count ?? 4, .lcm)
            timesteps = steps == 4 ? [999, 749, 499, 249] : steps == 1 ? [399] : nil
        } else if joined.contains("turbo") {
            // What others make of Turbo by merging wants a few steps more.
            let isItself = ["sdturbo", "sdxlturbo", "sdxl10turbo"].contains { joined.contains($0) }
            self.init(
                steps: count ?? (isItself || joined == "sdxlturbo" ? 1 : 4), .eulerAncestral,
                .trailing)
        } else if joined.contains("sdxs") {
            self.init(steps: 1, .eulerAncestral, .trailing)
        } else if words.contains("tcd") {
            // As its authors' page paints.
            self.init(steps: count ?? 4, .tcd(eta: 0.3))
        } else if words.contains("lcm") || joined.contains("lcmlora") {
            self.init(steps: count ?? 4, .lcm)
        } else {
            return nil
        }
    }

    /// What the model's own scheduler says: one for distilled models.
    public init?(_ scheduler: SchedulerConfiguration) {
        guard scheduler.sampler == .lcm || scheduler.sampler == .tcd else { return nil }
        self.init(steps: 4, scheduler.sampler)
    }

    /// Models that are told the guidance scale (latent consistency models).
    public static var toldGuidance: FewSteps {
        var few = FewSteps(steps: 4, .lcm)
        few.guidanceScale = 8.5
        return few
    }

    private init(steps: Int, _ sampler: Sampler, _ spacing: TimestepSpacing? = nil) {
        (self.steps, self.sampler, self.spacing) = (steps, sampler, spacing)
    }

    /// Hyper-SD: DDIM for a number of steps, TCD for the LoRA of one step, and for SDXL's U-Net of
    /// one step a time of its own.
    private init(hyper count: Int?, hasGuidance: Bool, isLoRA: Bool) {
        guard count == 1 else {
            self.init(steps: count ?? 8, .ddim, .trailing)
            if hasGuidance { guidanceScale = 5 }
            return
        }
        if isLoRA {
            self.init(steps: 1, .tcd(eta: 1))
        } else {
            self.init(steps: 1, .lcm)
            timesteps = [800]
        }
    }

    /// The number before "step" in a name.
    private static func steps(in name: String) -> Int? {
        guard let place = name.firstRange(of: "step") else { return nil }
        let digits = name[..<place.lowerBound].reversed().drop { "-_ ".contains($0) }
            .prefix { $0.isASCII && $0.isNumber }
        return Int(String(digits.reversed())).flatMap { (1...64).contains($0) ? $0 : nil }
    }
}

extension SchedulerConfiguration {
    /// The schedule as a few-step model wants it.
    mutating func adapt(to few: FewSteps) {
        sampler = few.sampler
        if let spacing = few.spacing { self.spacing = spacing }
        if let prediction = few.prediction { self.prediction = prediction }
        distilledTimesteps = few.timesteps
    }
}
