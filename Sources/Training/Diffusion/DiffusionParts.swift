import PinxitCLIP
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// How a finished model of rectified flow is to be sampled, and is on sample sheets.
struct UsualSampling {
    var steps = 20
    let guidanceScale: Float
    var scheduler = DiffusersFiles.flowScheduler()

    /// The scheduler as it will be read from the finished model.
    func schedulerConfiguration() throws(FileError) -> SchedulerConfiguration {
        try SchedulerConfiguration(
            JSONField(file: "scheduler", path: "", value: scheduler)
        ).forStableDiffusion
    }
}

/// What a stage that makes a U-Net takes from earlier stages, and the folder it completes.
struct DiffusionParts {
    let configuration: UNetConfiguration
    let autoencoder: any LatentAutoencoder
    /// Tells whether cached latents belong to this autoencoder.
    let autoencoderIdentity: String
    /// Captions as CLIP left the text tower.
    let text: CLIPTextConditioner
    private let sampling: UsualSampling
    private let prompts: [String]
    /// Pictures in a row of a sample sheet.
    let columns = 8
    let folder: String

    /// - Parameters:
    ///   - s: The `model` group of the configuration.
    ///   - folder: The model folder, with `tokenizer`, `text_encoder` and `vae`.
    ///   - guidanceScale: Of sample sheets, and what is usual for the finished model.
    ///   - classEmbeddingWidth: Features of the vector that the U-Net is given beside the text, if
    ///     any.
    init(
        _ s: SettingsReader, prompts: [String], folder: String, guidanceScale: Float,
        classEmbeddingWidth: Int? = nil
    ) throws {
        try self.init(
            prompts: prompts, folder: folder, UsualSampling(guidanceScale: guidanceScale)
        ) { latentChannels, contextWidth in
            try UNetConfiguration(
                training: s, latentChannels: latentChannels, contextWidth: contextWidth,
                classEmbeddingWidth: classEmbeddingWidth)
        }
    }

    /// - Parameters:
    ///   - folder: The model folder, with `tokenizer`, `text_encoder` and `vae`.
    ///   - configuration: The U-Net's, for so many latent channels and features of text states.
    init(
        prompts: [String], folder: String, _ sampling: UsualSampling,
        configuration: (_ latentChannels: Int, _ contextWidth: Int) throws -> UNetConfiguration
    ) throws {
        self.sampling = sampling
        self.folder = folder
        self.prompts = prompts
        text = try CLIPTextConditioner(
            folder: folder.path("text_encoder"), tokenizer: folder.path("tokenizer"))
        autoencoder = try loadAutoencoder(folder: folder.path("vae"))
        autoencoderIdentity = try weightsIdentity(folder.path("vae"))
        self.configuration = try configuration(autoencoder.latentChannels, text.stateWidth)
    }

    /// Refuses a U-Net that is not for the latents of the pictures, or too large to be trained.
    ///
    /// - Parameter s: The `model` group of the configuration.
    func check(
        _ s: SettingsReader, pictureSize: Int, _ optimisation: OptimisationSettings
    ) throws {
        let (side, factor) = (pictureSize / autoencoder.downscale, autoencoder.downscale)
        guard pictureSize % factor == 0, configuration.sampleSize == side else {
            throw s.field["sample_size"].unsupported(
                "\(configuration.sampleSize)",
                ["\(side), of pictures of \(pictureSize) pixels with \(factor) a latent"])
        }
        try s.checkMemory(
            of: "a U-Net", samples: (optimisation.rowCount, configuration.numbersHeld),
            among: optimisation.ranks
        ) { _ = UNet($0, configuration) }
    }

    /// One picture's latents: height, width, channels.
    var latentShape: [Int] {
        [configuration.sampleSize, configuration.sampleSize, autoencoder.latentChannels]
    }

    /// Captions as a text tower that learns takes them.
    func conditioner(_ tower: CLIPTextModel) -> CLIPTextConditioner {
        CLIPTextConditioner(tokenizer: text.tokenizer, tower: tower)
    }

    /// The latents of pictures, `[pictures, height, width, channels]`, as the U-Net sees them.
    func latents(_ pictures: [Picture]) throws -> Tensor {
        try Tensor(pictures: pictures).inParts {
            autoencoder.scaled(try autoencoder.posterior($0).mean)
        }
    }

    /// A picture for each of the fixed prompts, from fixed noise, as the finished model paints.
    ///
    /// - Parameter sampling: The finished model's, unless another is given.
    func paint(
        _ unet: UNet, _ text: CLIPTextConditioner, as sampling: UsualSampling? = nil,
        precision: ElementType
    ) throws -> [Picture] {
        try paint(unet, text, prompts, as: sampling, precision: precision)
    }

    /// The same for other prompts.
    ///
    /// - Parameter added: One vector a prompt, `[prompts, features]`, if the U-Net takes them;
    ///   guidance leads away from zeros.
    func paint(
        _ unet: UNet, _ text: CLIPTextConditioner, _ prompts: [String],
        as other: UsualSampling? = nil, added: Tensor? = nil, precision: ElementType
    ) throws -> [Picture] {
        guard !prompts.isEmpty else { return [] }
        let usual = other ?? self.sampling
        let model = LatentDiffusion(
            text: text, denoiser: unet, autoencoder: autoencoder,
            scheduler: try usual.schedulerConfiguration())
        var sampling = LatentSampling(steps: usual.steps, guidanceScale: usual.guidanceScale)
        sampling.type = precision
        let painter = LatentPainter(
            model, sampling, prompts: prompts, negativePrompts: prompts.map { _ in "" })
        let side = configuration.sampleSize
        var random = SplitMix64(seed: 11)
        let noise = random.normal([prompts.count, side, side, model.latentChannels])
        return Picture.pictures(
            from: try painter.decode(
                try painter.latents(from: LatentStart(noise: noise), added: added)))
    }

    /// Writes `unet/`, `scheduler/` and `model_index.json`, so that the folder is whole; and
    /// `text_encoder/`, if weights for it are given.
    func write(unet weights: [String: Tensor], text textWeights: [String: Tensor]) throws {
        try write(unet: weights)
        if !textWeights.isEmpty {
            try text.tower.configuration.write(textWeights, to: "\(folder)/text_encoder")
        }
        let vae = try JSONFile.read("\(folder)/vae/config.json")["_class_name"].string()
        try JSONFile.write(DiffusersFiles.modelIndex(vae: vae), to: "\(folder)/model_index.json")
    }

    /// Writes `unet/`, `scheduler/` and `pinxit.json` alone.
    ///
    /// - Parameter usual: What only models of this kind have in `pinxit.json`.
    func write(unet weights: [String: Tensor], usual: [JSONMember] = []) throws {
        try writeComponent(
            "\(folder)/unet", weights, configuration.json, file: .diffusers)
        try makeFolder("\(folder)/scheduler")
        try JSONFile.write(
            sampling.scheduler, to: "\(folder)/scheduler/scheduler_config.json")
        try writeUsualSettings(
            folder, guidanceScale: sampling.guidanceScale, steps: sampling.steps, usual)
    }
}
