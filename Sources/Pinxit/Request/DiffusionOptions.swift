import PinxitSamplers
import PinxitStableDiffusion

/// The part of a request that only models that denoise step by step use. What is nil is the model's
/// choice, or off.
public struct DiffusionOptions: Sendable, Equatable {
    /// Denoising steps.
    public var steps: Int?
    /// How the steps are taken.
    public var sampler: Sampler?
    /// The part of the steps that is guided, within 0 to 1 (Kynkäänniemi et al. 2024); others cost
    /// half. Nil is all.
    public var guidanceInterval: ClosedRange<Double>?
    /// Evaluate the deep levels of the U-Net only every so many steps (DeepCache, Ma et al. 2023).
    /// Nil is always.
    public var deepCacheInterval: Int?
    /// The part of self-attention's tokens to merge at the largest maps, up to 0.75 (Bolya &
    /// Hoffman 2023). Nil is none.
    public var tokenMerging: Double?

    /// Everything that is not given is the model's choice.
    public init(
        steps: Int? = nil, sampler: Sampler? = nil, guidanceInterval: ClosedRange<Double>? = nil,
        deepCacheInterval: Int? = nil, tokenMerging: Double? = nil
    ) {
        self.steps = steps
        self.sampler = sampler
        self.guidanceInterval = guidanceInterval
        self.deepCacheInterval = deepCacheInterval
        self.tokenMerging = tokenMerging
    }
}

extension RequestOptions {
    static let diffusion: [any CodedOption] = [
        steps, sampler, guidanceInterval, deepCacheInterval, tokenMerging,
    ]

    /// ``DiffusionOptions/steps``
    public static let steps = RequestOption(
        "steps", \.diffusion.steps, families: [.diffusion],
        help: "Denoising steps (default: the model's).", bounds: .range(1...100_000))

    /// ``DiffusionOptions/sampler``
    public static let sampler = RequestOption(
        "sampler", \.diffusion.sampler, families: [.diffusion],
        help: "\(Sampler.accepted) (default: the model's).")

    /// ``DiffusionOptions/guidanceInterval``
    public static let guidanceInterval = RequestOption(
        "guidance interval", \.diffusion.guidanceInterval, flag: "cfg-interval",
        families: [.diffusion],
        help: "Guide only this part of the steps, such as 0.1-0.8; the others cost half (lossy).",
        bounds: .within(0...1))

    /// ``DiffusionOptions/deepCacheInterval``
    public static let deepCacheInterval = RequestOption(
        "deep cache interval", \.diffusion.deepCacheInterval, flag: "deep-cache",
        families: [.diffusion],
        help: "Evaluate the U-Net's deep levels only every so many steps (lossy).",
        bounds: .range(1...1000))

    /// ``DiffusionOptions/tokenMerging``
    public static let tokenMerging = RequestOption(
        "token merging", \.diffusion.tokenMerging, families: [.diffusion],
        help: "Merge this part of self-attention's tokens at the largest maps, to 0.75 (lossy).",
        bounds: .above(0, upTo: 0.75))
}

extension ResolvedRequest {
    /// The settings of latent diffusion; see ``DiffusionOptions``.
    public struct Diffusion: Sendable, Equatable {
        /// Denoising steps, from 1.
        public var steps: Int
        /// How much the prompt is exaggerated; 1 or less is not at all.
        public var guidanceScale: Double
        /// How the steps are taken.
        public var sampler: Sampler
        /// 0 to 1 is everywhere.
        public var guidanceInterval: ClosedRange<Double>
        /// 1 is always.
        public var deepCacheInterval: Int
        /// 0 is none.
        public var tokenMerging: Double

        /// What a request asks for, and the model's choice where it leaves that open.
        init(_ request: PaintRequest, steps: Int, guidanceScale: Double, sampler: Sampler) {
            let options = request.diffusion
            self.steps = options.steps ?? steps
            self.guidanceScale = request.guidanceScale ?? guidanceScale
            self.sampler = options.sampler ?? sampler
            guidanceInterval = options.guidanceInterval ?? 0...1
            deepCacheInterval = options.deepCacheInterval ?? 1
            tokenMerging = options.tokenMerging ?? 0
        }

        /// Asks for all of it, except what is off.
        func ask(_ request: inout PaintRequest) {
            request.guidanceScale = guidanceScale
            request.diffusion = DiffusionOptions(
                steps: steps, sampler: sampler,
                guidanceInterval: guidanceInterval == 0...1 ? nil : guidanceInterval,
                deepCacheInterval: deepCacheInterval > 1 ? deepCacheInterval : nil,
                tokenMerging: tokenMerging > 0 ? tokenMerging : nil)
        }

        /// As the latents are drawn.
        func sampling(_ precision: Precision) -> LatentSampling {
            var sampling = LatentSampling(
                sampler: sampler, steps: steps, guidanceScale: Float(guidanceScale))
            sampling.guidanceInterval = guidanceInterval
            sampling.deepCacheInterval = deepCacheInterval
            sampling.tokenMerging = tokenMerging
            sampling.type = precision.type
            sampling.isQuantised = precision == .int8
            return sampling
        }
    }
}
