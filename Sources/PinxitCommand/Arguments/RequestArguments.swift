import ArgumentParser
import Pinxit
import PinxitSamplers

/// The options of a request that latent diffusion and most other models have, the same in every
/// command that paints.
struct RequestArguments: ParsableArguments {
    @Option(RequestOptions.negativePrompt, parsing: .unconditional)
    var negativePrompt: String?

    @Option(RequestOptions.steps)
    var steps: Int?

    @Option(RequestOptions.guidanceScale)
    var cfgScale: Double?

    @Option(
        name: RequestOptions.seed.names, parsing: .unconditional,
        help: ArgumentHelp(RequestOptions.seed.help))
    var seed: String?

    @Option(
        name: RequestOptions.sampler.names,
        help: ArgumentHelp(
            RequestOptions.sampler.help,
            discussion: "Names of other programs too, with the schedule: \"DPM++ 2M Karras\"."),
        transform: SamplerName.init(argument:))
    var sampler: SamplerName?

    @Option(RequestOptions.spacing)
    var spacing: TimestepSpacing?

    @Option(RequestOptions.schedule)
    var schedule: NoiseCurve?

    @Flag(help: ArgumentHelp(RequestOptions.scheduleOptional.help))
    var scheduleOptional = false

    @Option(RequestOptions.prediction)
    var prediction: PredictionType?

    @Option(RequestOptions.eta)
    var eta: Double?

    @Option(RequestOptions.refinerAt)
    var refinerAt: Double?

    @Option(RequestOptions.imageGuidanceScale)
    var imageCfgScale: Double?

    @Option(help: "WIDTHxHEIGHT in pixels (default: the model's).")
    var size: String?

    @Option(RequestOptions.width)
    var width: Int?

    @Option(RequestOptions.height)
    var height: Int?

    @Option(RequestOptions.precision)
    var precision: Precision?

    @Option(RequestOptions.guidanceInterval)
    var cfgInterval: ClosedRange<Double>?

    @Option(RequestOptions.deepCacheInterval)
    var deepCache: Int?

    @Option(RequestOptions.tokenMerging)
    var tokenMerging: Double?

    @Option(RequestOptions.layoutOf)
    var layoutOf: String?

    @Option(RequestOptions.crossShare)
    var crossShare: Double?

    @Option(RequestOptions.selfShare)
    var selfShare: Double?

    @Option(RequestOptions.wordWeights)
    var wordWeights: WordWeights?

    @OptionGroup(title: "Noise")
    var noise: NoiseArguments

    @OptionGroup(title: "A second pass at a larger size")
    var hires: HiresArguments

    @OptionGroup(title: "Words")
    var text: TextArguments

    @OptionGroup(title: "SDXL")
    var conditions: ConditionArguments

    /// A request that asks for what was given.
    func request(
        prompt: String, source: PaintSource = .text, count: Int = 1
    ) throws -> PaintRequest {
        let size = try parsedSize(size)
        guard size == nil || (width == nil && height == nil) else {
            throw UsageError("--size goes without --width and --height")
        }
        // An empty one that is typed is encoded, where none at all may be zeros (SDXL).
        let negative = negativePrompt.map { $0.isEmpty ? " " : $0 } ?? ""
        var request = PaintRequest(
            prompt: prompt, negativePrompt: negative, source: source,
            width: size?.width ?? width, height: size?.height ?? height, guidanceScale: cfgScale,
            seed: try parsedSeed(seed), count: count, precision: precision,
            diffusion: DiffusionOptions(
                steps: steps, sampler: sampler?.sampler,
                spacing: spacing ?? sampler?.schedule.spacing,
                prediction: prediction, eta: eta, refinerAt: refinerAt,
                imageGuidanceScale: imageCfgScale,
                guidanceInterval: cfgInterval, deepCacheInterval: deepCache,
                tokenMerging: tokenMerging, conditions: conditions.conditions))
        request.diffusion.schedule = schedule ?? sampler?.schedule.curve
        let isOfLabel = schedule == nil && request.diffusion.schedule != nil
        if scheduleOptional || isOfLabel { request.diffusion.scheduleOptional = true }
        request.diffusion.text = text.options
        request.diffusion.layout = LayoutOptions(
            sentence: layoutOf, crossShare: crossShare, selfShare: selfShare,
            weights: wordWeights)
        request.diffusion.noise = noise.options
        request.diffusion.hires = hires.options
        return request
    }
}

extension SamplerName {
    /// As it is typed.
    ///
    /// - Throws: `ValidationError` with the nearest that there are.
    init(argument: String) throws {
        self.init(argument)
        guard sampler != nil else { throw ValidationError(Sampler.refusal(of: argument)) }
    }
}
