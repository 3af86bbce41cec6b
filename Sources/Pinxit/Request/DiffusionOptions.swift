import PinxitCLIP
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// The part of a request that only models that denoise step by step use. What is nil is the model's
/// choice, or off.
public struct DiffusionOptions: Sendable, Equatable {
    /// Denoising steps.
    public var steps: Int?
    /// How the steps are taken.
    public var sampler: Sampler?
    /// How the steps are laid over the training time steps.
    public var spacing: TimestepSpacing?
    /// How noise levels lie between the first and the last.
    public var schedule: NoiseCurve?
    /// Whether the schedule came with a sampler's label and is passed over, with a warning, where
    /// the model or the sampler has no use for it. Nil: that is an error.
    public var scheduleOptional: Bool?
    /// What the network says of the noise, where the model's files do not tell or tell it wrong.
    public var prediction: PredictionType?
    /// How much new noise samplers that draw some add, 0 to 1, for those that let it be chosen:
    /// ``Sampler/ddim(eta:)``, ``Sampler/eulerAncestral(eta:)``, ``Sampler/tcd(eta:)``.
    public var eta: Double?
    /// Where a refiner takes over, as a share of the training time; only for a painter with one.
    public var refinerAt: Double?
    /// How much the picture is kept to by a model that changes pictures by instruction; 1.5 is
    /// usual.
    public var imageGuidanceScale: Double?
    /// The part of the steps that is guided, within 0 to 1 (Kynkäänniemi et al. 2024); others cost
    /// half. Nil is all.
    public var guidanceInterval: ClosedRange<Double>?
    /// Evaluate the deep levels of the U-Net only every so many steps (DeepCache, Ma et al. 2023).
    /// Nil is always.
    public var deepCacheInterval: Int?
    /// The part of self-attention's tokens to merge at the largest maps, up to 0.75 (Bolya &
    /// Hoffman 2023). Nil is none.
    public var tokenMerging: Double?
    /// What SDXL is told of the picture beside its text.
    public var conditions: PictureConditions
    /// How the words are read.
    public var text = TextOptions()
    /// Another sentence whose picture's layout is held.
    public var layout = LayoutOptions()
    /// A picture beside the words.
    public var imagePrompt = ImagePromptOptions()
    /// What the pictures begin with, and how their edges meet.
    public var noise = NoiseOptions()
    /// A second pass at a larger size.
    public var hires = HiresOptions()
    /// How the picture to start from, and its mask, come to the size that is painted. Nil is
    /// ``ResizeMode/stretch``; a picture of which a part is repainted then keeps its own size
    /// where no other is asked for.
    public var resize: ResizeMode?
    /// What the pictures are held to, one for each ControlNet or T2I-Adapter of the
    /// painter, in their order.
    public var controls: [Control] = []
    /// Whether ControlNets alone say what is painted (their authors' guess mode): what guidance
    /// leads away from goes without them. For an empty prompt and a guidance scale of 3 to 5.
    public var guessMode: Bool?

    /// Everything that is not given is the model's choice.
    public init(
        steps: Int? = nil, sampler: Sampler? = nil, spacing: TimestepSpacing? = nil,
        prediction: PredictionType? = nil, eta: Double? = nil, refinerAt: Double? = nil,
        imageGuidanceScale: Double? = nil, guidanceInterval: ClosedRange<Double>? = nil,
        deepCacheInterval: Int? = nil, tokenMerging: Double? = nil,
        conditions: PictureConditions = PictureConditions()
    ) {
        self.steps = steps
        self.sampler = sampler
        self.spacing = spacing
        self.prediction = prediction
        self.eta = eta
        self.refinerAt = refinerAt
        self.imageGuidanceScale = imageGuidanceScale
        self.guidanceInterval = guidanceInterval
        self.deepCacheInterval = deepCacheInterval
        self.tokenMerging = tokenMerging
        self.conditions = conditions
    }
}

extension RequestOptions {
    static let diffusion: [any CodedOption] =
        [
            steps, sampler, spacing, schedule, scheduleOptional, prediction, eta, refinerAt,
            imageGuidanceScale,
            guidanceInterval, deepCacheInterval, tokenMerging,
        ]
        + [resize] + imagePrompts + noises + hires + text + conditions + layout + control

    /// ``DiffusionOptions/steps``
    public static let steps = RequestOption(
        "steps", \.diffusion.steps, families: [.diffusion],
        help: "Denoising steps (default: the model's).", bounds: .range(1...100_000))

    /// ``DiffusionOptions/sampler``
    public static let sampler = RequestOption(
        "sampler", \.diffusion.sampler, families: [.diffusion],
        help: "\(Sampler.accepted) (default: the model's).")

    /// ``DiffusionOptions/spacing``
    public static let spacing = RequestOption(
        "spacing", \.diffusion.spacing, families: [.diffusion],
        help:
            "How steps lie over the training's: \(TimestepSpacing.accepted) (default: the model's)."
    )

    /// ``DiffusionOptions/schedule``
    public static let schedule = RequestOption(
        "schedule", \.diffusion.schedule, families: [.diffusion],
        help: "How noise levels lie: \(NoiseCurve.accepted) (default: the model's).")

    /// ``DiffusionOptions/scheduleOptional``
    public static let scheduleOptional = RequestOption(
        "schedule optional", \.diffusion.scheduleOptional, families: [.diffusion],
        help: "Pass over a schedule that the model or the sampler has no use for, with a warning.")

    /// ``DiffusionOptions/prediction``
    public static let prediction = RequestOption(
        "prediction", \.diffusion.prediction, families: [.diffusion],
        help:
            "What the network was trained to predict: \(PredictionType.accepted) (default: what its files tell).",
        bounds: RequestBounds(contains: { $0 != .flow }, text: ""))

    /// ``DiffusionOptions/eta``
    public static let eta = RequestOption(
        "eta", \.diffusion.eta, families: [.diffusion],
        help: "How much new noise ddim, euler_a and tcd add (default: 0, 1 and 0).",
        bounds: .range(0...1))

    /// ``DiffusionOptions/refinerAt``
    public static let refinerAt = RequestOption(
        "refiner at", \.diffusion.refinerAt, families: [.diffusion],
        help: "The share of the time after which the refiner takes over (default: 0.8).",
        bounds: .range(0.01...0.99))

    /// ``DiffusionOptions/imageGuidanceScale``
    public static let imageGuidanceScale = RequestOption(
        "image guidance scale", \.diffusion.imageGuidanceScale, flag: "image-cfg-scale",
        families: [.diffusion],
        help: "How much a model that obeys instructions keeps to the picture (default: 1.5).",
        bounds: .range(1...100))

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
        /// How the steps are taken, with as much new noise as is asked for.
        public var sampler: Sampler
        /// How they lie over the training's; nil is the sampler's usual way.
        public var spacing: TimestepSpacing?
        /// How noise levels lie; nil is as the model's files tell.
        public var schedule: NoiseCurve?
        /// The schedule that was passed over; nil for none.
        public internal(set) var passedOver: NoiseCurve?
        /// What the network was said to say; nil is what the model's files tell.
        public var prediction: PredictionType?
        /// Where a refiner takes over; nil for a painter without one.
        public var refinerAt: Double?
        /// How much of the way from noise is taken again; nil for pictures from words alone.
        public internal(set) var strength: Double?
        /// How much the picture is kept to; nil for models that take no instruction.
        public var imageGuidanceScale: Double?
        /// How much new noise was asked for; nil is the sampler's own.
        public var eta: Double?
        /// 0 to 1 is everywhere.
        public var guidanceInterval: ClosedRange<Double>
        /// 1 is always.
        public var deepCacheInterval: Int
        /// 0 is none.
        public var tokenMerging: Double
        /// How the picture to start from came to the size that is painted; nil for none, or where
        /// that was not said.
        public internal(set) var resize: ResizeMode?
        /// A picture beside the words.
        public internal(set) var imagePrompt: ImagePromptOptions
        /// Whose random numbers the noise is of.
        public var noise: NoiseKind
        /// What the noise is led to; nil for nothing.
        public internal(set) var variation: ResolvedRequest.Variation?
        /// The axes along which the picture's edges meet; nil for none.
        public var tile: TileAxes?
        /// What SDXL is told; nil for other models.
        public var conditions: Conditions?
        /// The second pass; nil for none.
        public internal(set) var hires: Hires?
        /// How the words are read.
        public var text = TextReading.plain
        /// What the pictures are held to, one for each ControlNet.
        public var controls: [Control]
        /// Whether ControlNets alone say what is painted.
        public var isGuessing: Bool
        /// Another sentence whose picture's layout is held.
        public var layout: LayoutOptions

        /// What a request asks for, and the model's choice where it leaves that open.
        init(_ request: PaintRequest, _ model: ModelSettings, sampler: Sampler) {
            let options = request.diffusion
            steps = options.steps ?? model.steps
            guidanceScale = request.guidanceScale ?? model.guidanceScale
            self.sampler = options.sampler ?? sampler
            spacing = options.spacing
            schedule = options.schedule
            prediction = options.prediction
            if let eta = options.eta, let changed = self.sampler.adding(eta) {
                self.sampler = changed
            }
            eta = options.eta
            imageGuidanceScale = options.imageGuidanceScale
            guidanceInterval = options.guidanceInterval ?? 0...1
            deepCacheInterval = options.deepCacheInterval ?? 1
            tokenMerging = options.tokenMerging ?? 0
            imagePrompt = options.imagePrompt
            resize = options.resize
            noise = options.noise.kind ?? .torchCPU
            tile = options.noise.tile
            controls = options.controls
            isGuessing = options.guessMode ?? false
            layout = options.layout
            if layout.sentence != nil {
                layout.crossShare = layout.crossShare ?? 0.8
                layout.selfShare = layout.selfShare ?? 0.4
            }
        }

        /// Asks for all of it, except what is off. Files and JSON name a sampler alone.
        func ask(_ request: inout PaintRequest) {
            request.guidanceScale = guidanceScale
            request.diffusion = DiffusionOptions(
                steps: steps, sampler: sampler, spacing: spacing, prediction: prediction,
                eta: eta ?? sampler.unusualEta, refinerAt: refinerAt,
                imageGuidanceScale: imageGuidanceScale,
                guidanceInterval: guidanceInterval == 0...1 ? nil : guidanceInterval,
                deepCacheInterval: deepCacheInterval > 1 ? deepCacheInterval : nil,
                tokenMerging: tokenMerging > 0 ? tokenMerging : nil,
                conditions: conditions?.asked ?? PictureConditions())
            request.diffusion.schedule = schedule
            request.diffusion.text = text.asked
            request.diffusion.layout = layout
            request.diffusion.imagePrompt = imagePrompt
            request.diffusion.resize = resize
            request.diffusion.noise = NoiseOptions(
                kind: noise == .torchCPU ? nil : noise, variationSeed: variation?.seed,
                variationStrength: variation?.strength, tile: tile)
            if let hires { request.diffusion.hires = hires.asked }
            request.diffusion.controls = controls
            request.diffusion.guessMode = isGuessing ? true : nil
        }

        /// As the latents are drawn.
        func sampling(_ precision: Precision) -> LatentSampling {
            var sampling = LatentSampling(
                sampler: sampler, steps: steps, guidanceScale: Float(guidanceScale))
            sampling.spacing = spacing
            sampling.schedule = schedule
            sampling.prediction = prediction
            sampling.strength = strength
            if let imageGuidanceScale {
                sampling.imageGuidanceScale = Float(imageGuidanceScale)
            }
            sampling.micro = conditions?.told
            sampling.noise = noise
            sampling.tile = tile
            sampling.reading = text
            sampling.guidanceInterval = guidanceInterval
            sampling.deepCacheInterval = deepCacheInterval
            sampling.tokenMerging = tokenMerging
            sampling.type = precision.type
            sampling.isQuantised = precision == .int8
            return sampling
        }
    }
}
