import PinxitCLIP
import PinxitLayers
import PinxitSamplers
import PinxitTensors

/// How latents are drawn: what of a request concerns the denoiser.
package struct LatentSampling: Sendable {
    /// Nil is the scheduler's own.
    package var sampler: Sampler?
    package var steps: Int
    /// Nil is the scheduler's own.
    package var spacing: TimestepSpacing?
    /// Nil is the scheduler's own.
    package var schedule: NoiseCurve?
    /// Nil is the scheduler's own.
    package var prediction: PredictionType?
    /// How much of a picture's way from noise is taken again, 0 to 1; nil for those from nothing.
    package var strength: Double?
    /// The steps of the pass before, where this is the second over a picture; nil where it is not.
    package var firstSteps: Int?
    /// Which of them.
    package var part = SamplingPlan.Part.whole
    /// How much the text is exaggerated; 1 or less is not at all, and half the work.
    package var guidanceScale: Float
    /// How much the picture that is changed by instruction is; 1 or less is not at all.
    package var imageGuidanceScale: Float = 1.5
    /// The part of the steps that is guided, within 0 to 1.
    package var guidanceInterval: ClosedRange<Double> = 0...1
    /// Evaluate the deep levels only every so many steps; 1 is always. See ``DeepCache``.
    package var deepCacheInterval = 1
    /// The part of self-attention's tokens to merge, up to 0.75; 0 is none. See ``TokenMerging``.
    package var tokenMerging = 0.0
    /// Whose numbers random walks are of.
    package var noise = NoiseKind.torchCPU
    /// Along which axes a picture meets itself at its edges; nil for none.
    package var tile: TileAxes?
    /// What SDXL is told of the picture, and of the pictures that guidance leads away from.
    package var micro: (own: MicroConditions, negative: MicroConditions)?
    /// How prompts are read.
    package var reading = TextReading.plain
    /// What the networks compute in.
    package var type = ElementType.f32
    /// Whether the denoiser multiplies in 8 bits.
    package var isQuantised = false

    /// The steps for a model of this schedule; nil if the part has none.
    package func plan(_ scheduler: SchedulerConfiguration) -> SamplingPlan? {
        var scheduler = scheduler
        if let spacing { scheduler.spacing = spacing }
        if let schedule { scheduler.follow(schedule) }
        if let prediction { scheduler.prediction = prediction }
        let entered = strength.flatMap { scheduler.entering($0, sampler ?? scheduler.sampler) }
        let whole = entered.flatMap { steps <= $0.distilledCount ? $0 : nil }
        var plan: SamplingPlan? = SamplingPlan(
            whole ?? scheduler, sampler: sampler, steps: steps)
        if let strength, strength < 1, part.isFirst, whole == nil {
            plan = plan?.changing(by: strength, of: steps)
        }
        return plan?.taking(part, of: scheduler.trainTimesteps)
    }

    /// The same without being one model's part.
    var whole: LatentSampling {
        var sampling = self
        sampling.part = .whole
        return sampling
    }

    /// The same steps without guidance, and without what saves work.
    package var plain: LatentSampling {
        var sampling = self
        sampling.guidanceScale = 1
        (sampling.deepCacheInterval, sampling.tokenMerging) = (1, 0)
        return sampling
    }

    package init(sampler: Sampler? = nil, steps: Int, guidanceScale: Float) {
        self.sampler = sampler
        self.steps = steps
        self.guidanceScale = guidanceScale
    }
}

extension SamplingPlan.Part {
    /// Whether it is where sampling begins.
    fileprivate var isFirst: Bool {
        if case .from = self { false } else { true }
    }
}
