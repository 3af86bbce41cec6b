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

/// What pictures begin with, and how their edges meet.
struct NoiseArguments: ParsableArguments {
    @Option(RequestOptions.noise)
    var noise: NoiseKind?

    @Option(RequestOptions.variationSeed)
    var variationSeed: UInt32?

    @Option(RequestOptions.variationStrength)
    var variationStrength: Double?

    @Option(RequestOptions.tile)
    var tile: TileAxes?

    var options: NoiseOptions {
        NoiseOptions(
            kind: noise, variationSeed: variationSeed, variationStrength: variationStrength,
            tile: tile)
    }
}

/// A second pass at a larger size.
struct HiresArguments: ParsableArguments {
    @Option(RequestOptions.hiresScale)
    var hires: Double?

    @Option(RequestOptions.hiresStrength)
    var hiresStrength: Double?

    @Option(RequestOptions.hiresSteps)
    var hiresSteps: Int?

    @Option(RequestOptions.hiresSampler)
    var hiresSampler: Sampler?

    @Option(RequestOptions.hiresUpscaler)
    var hiresUpscaler: HiresUpscaler?

    var options: HiresOptions {
        HiresOptions(
            scale: hires, strength: hiresStrength, steps: hiresSteps, sampler: hiresSampler,
            upscaler: hiresUpscaler)
    }
}

/// How the words are read.
struct TextArguments: ParsableArguments {
    @Option(RequestOptions.emphasis)
    var emphasis: Emphasis?

    @Option(RequestOptions.longPrompts)
    var longPrompts: LongPrompts?

    @Option(RequestOptions.clipSkip)
    var clipSkip: Int?

    var options: TextOptions {
        TextOptions(emphasis: emphasis, longPrompts: longPrompts, clipSkip: clipSkip)
    }
}

/// What SDXL is told of a picture beside its text.
struct ConditionArguments: ParsableArguments {
    @Option(RequestOptions.originalSize)
    var originalSize: PictureSize?

    @Option(RequestOptions.crop)
    var crop: PicturePlace?

    @Option(RequestOptions.targetSize)
    var targetSize: PictureSize?

    @Option(RequestOptions.negativeOriginalSize)
    var negativeOriginalSize: PictureSize?

    @Option(RequestOptions.negativeCrop)
    var negativeCrop: PicturePlace?

    @Option(RequestOptions.negativeTargetSize)
    var negativeTargetSize: PictureSize?

    @Option(RequestOptions.aestheticScore)
    var aestheticScore: Double?

    @Option(RequestOptions.negativeAestheticScore)
    var negativeAestheticScore: Double?

    var conditions: PictureConditions {
        PictureConditions(
            originalSize: originalSize, crop: crop, targetSize: targetSize,
            negativeOriginalSize: negativeOriginalSize, negativeCrop: negativeCrop,
            negativeTargetSize: negativeTargetSize, aestheticScore: aestheticScore,
            negativeAestheticScore: negativeAestheticScore)
    }
}

/// The options of models that draw tokens.
struct TokenArguments: ParsableArguments {
    @Option(RequestOptions.temperature)
    var temperature: Double?

    @Option(RequestOptions.topP)
    var topP: Double?

    @Option(RequestOptions.topK)
    var topK: Int?

    @Option(RequestOptions.candidates)
    var candidates: Int?

    @Option(
        name: RequestOptions.complete.names, help: ArgumentHelp(RequestOptions.complete.help))
    var complete: String?

    @Option(RequestOptions.keepRows)
    var keepRows: Double?

    /// - Throws: `ImageError` for a picture that cannot be read.
    func options(_ pictures: PictureArguments) throws -> TokenOptions {
        TokenOptions(
            temperature: temperature, topP: topP, topK: topK, candidates: candidates,
            complete: try complete.map { try pictures.read($0) }, keepRows: keepRows)
    }
}

/// Which model paints.
struct ModelArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: """
            The model's folder or single file, or its name in Models (default: $PINXIT_MODEL, or \
            pinxit-small).
            """
    )
    var model: String?

    @Option(
        name: [.customLong("vae"), .customLong("decoder")],
        help: ArgumentHelp(
            """
            Decode with the autoencoder in this folder or file; a tiny one (TAESD) is fast and \
            lossy.
            """, valueName: "path"))
    var vae: String?

    @Option(
        help: ArgumentHelp(
            "Denoise with the U-Net in this folder or file, such as a distilled one.",
            valueName: "path"))
    var unet: String?

    @Option(
        help: ArgumentHelp(
            "Let the SDXL refiner in this folder or file take the last steps.", valueName: "path"))
    var refiner: String?

    @Option(
        help: ArgumentHelp(
            "Enlarge with the network in this file between two passes (--hires).",
            valueName: "path"))
    var upscaler: String?

    @Option(
        help: ArgumentHelp(
            """
            Hold the painting to --control's picture by the ControlNet or T2I-Adapter in this folder \
            or file.
            """,
            discussion: """
                PATH:0.8 multiplies what it does, PATH:0.8:0:0.5 also takes it for the first half \
                of the steps only. May be repeated.
                """, valueName: "path"))
    var controlnet: [String] = []

    @Option(
        help: ArgumentHelp(
            "Let the painting be like --image-prompt's picture by the IP-Adapter in this file.",
            discussion: "PATH:0.6 multiplies what it does.", valueName: "path"))
    var ipAdapter: String?

    @Option(
        help: ArgumentHelp(
            "The folder of the IP-Adapter's image encoder (default: image_encoder beside it).",
            valueName: "folder"))
    var imageEncoder: String?

    @Flag(help: "Keep the weights in their files: little memory, the same picture, slower steps.")
    var lowMemory = false

    @OptionGroup var changes: LoRAArguments
    @OptionGroup var threads: ThreadArguments

    /// Takes the model that painted a picture, where none is named.
    ///
    /// - Parameters:
    ///   - name: Its name; nil where the picture does not say.
    ///   - file: The picture.
    mutating func useWhereNone(_ name: String?, of file: String) throws {
        guard model == nil, let name else { return }
        if let said = ModelSearch.environment, said.lastPathPart == name { return }
        guard let found = ModelSearch.found(name) else {
            throw PaintError.missingModel(
                path: "--from \(file)",
                problem: "was painted with the model \(name), which is not found here; "
                    + "--model with its path is needed")
        }
        model = found
    }

    /// Refuses to paint a picture again without what took the place of the model's own parts: where
    /// that lies the picture does not say.
    func requireParts(_ used: UsedParts, of file: String) throws {
        for (option, name, given) in [
            ("--vae", used.vae, vae), ("--unet", used.unet, unet),
            ("--refiner", used.refiner, refiner), ("--upscaler", used.upscaler, upscaler),
        ] {
            guard let name, given == nil else { continue }
            throw UsageError(
                "--from \(file): was painted with \(option) \(name); \(option) is needed again")
        }
    }

    /// - Parameters:
    ///   - ability: What the model must be able to do, where none is named.
    ///   - loras: What its weights are changed by.
    func painter(_ ability: ModelAbility = .text, loras: [LoRA] = []) async throws -> Painter {
        try await threads.apply()
        return try await Painter(
            folder: try ModelSearch(option: model, ability: ability).folder(), lowMemory: lowMemory,
            decoder: try vae.map { try ModelSearch.part($0, .autoencoder) },
            unet: try unet.map { try ModelSearch.part($0, .unet) },
            refiner: try refiner.map { try ModelSearch.named($0, by: "--refiner") },
            upscaler: try upscaler.map { try ModelSearch.part($0, .upscaler) }, loras: loras,
            embeddings: try changes.words.embeddings(), allowsPartialLoRAs: changes.loraPartial,
            controlNets: try controlNets().map(\.path), imagePrompts: try imagePrompts())
    }

    /// What sees pictures that are prompts.
    var adapter: IPAdapterArgument? { ipAdapter.map { IPAdapterArgument($0) } }

    private func imagePrompts() throws -> ImagePromptParts? {
        guard let adapter else {
            guard let imageEncoder else { return nil }
            throw UsageError("--image-encoder \(imageEncoder) goes with --ip-adapter")
        }
        return ImagePromptParts(
            adapter: try ModelSearch.part(adapter.path, .controlNet), encoder: imageEncoder)
    }

    /// What holds paintings to pictures.
    func controlNets() throws -> [ControlNetArgument] {
        try controlnet.map { try ControlNetArgument($0) }
    }
}

/// What is written and told.
struct OutputArguments: ParsableArguments {
    @Option(
        name: [.short, .long],
        help: ArgumentHelp(
            "The file to write, .png, .jpg or .webp; {seed}, {index}, {date} and {slug} are filled in.",
            discussion: """
                A name without any of them is taken at its word and replaces a file that is there; \
                every other gets a number rather than replacing one. - is standard output, as PNG.
                """))
    var output: String?

    @Flag(help: "Also write all pictures on one sheet.")
    var grid = false

    @Option(help: "Also write what the picture looks like so far every so many steps.")
    var previews: Int?

    @Option(
        help: ArgumentHelp(
            """
            Also write into this folder why each picture came out as it did: a page, index.html, \
            and its pictures.
            """, valueName: "folder"))
    var explain: String?

    @Flag(help: "Print one JSON object instead of paths.")
    var json = false

    @Option(
        help: "Progress on standard error: bar, json or none (default: a bar on a terminal).")
    var progress: ProgressKind?

    @Flag(name: [.short, .long], help: "No progress on standard error.")
    var quiet = false

    @Flag(name: [.short, .long], help: "Times and peak memory on standard error.")
    var verbose = false

    @Flag(help: "Stop at the first number that is not finite and say where it came from.")
    var checkNumerics = false

    @Option(help: "Also write noise, latents and image of the first picture as safetensors.")
    var dumpLatents: String?

    @OptionGroup var marks: MarkArguments

    /// Whether the picture goes to standard output.
    var isPiped: Bool { output == "-" }

    var options: PaintOptions {
        PaintOptions(
            keepingTensors: dumpLatents != nil, checkingNumerics: checkNumerics,
            previewInterval: previews,
            explaining: explain.map { _ in ExplainingOptions(pictureInterval: previews ?? 1) },
            isLast: true)
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
