import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// The model that learns, or that something is learnt for, and itself stays: a folder in the
/// diffusers layout or a single file.
enum FineTuningBase {
    static func source(_ path: String) throws(FileError) -> any LatentDiffusionSource {
        guard fileExists(path) else {
            throw FileError(
                path: path, problem: "is missing; accepted: a folder or file of Stable Diffusion")
        }
        guard fileSize(path) == nil else { return try SingleFile(path) }
        try checkKind(path)
        return DiffusersFolder(path)
    }

    /// Refuses a folder whose index says that it is another kind of model.
    private static func checkKind(_ folder: String) throws(FileError) {
        let index = folder.path("model_index.json")
        guard fileExists(index) else { return }
        let kind = try JSONFile.read(index)["_class_name"].string(or: "StableDiffusionPipeline")
        let starts = ["StableDiffusion", "LatentConsistencyModel", "CycleDiffusion"]
        guard kind.hasPrefix("StableDiffusion3") || !starts.contains(where: kind.hasPrefix) else {
            return
        }
        throw FileError(
            path: folder,
            problem: "is a \(kind), which is not fine-tuned here; accepted: Stable Diffusion 1.5, "
                + "2.1 or SDXL, or a latent diffusion model trained here, such as pinxit-small")
    }

    /// The pictures that a model is used to.
    struct Usual {
        /// Their side in pixels.
        var size: Int
        /// What sides are multiples of, so that maps can be halved at every level.
        var step: Int
    }

    static func usual(_ path: String) throws -> Usual {
        let source = try source(path)
        let unet = try UNetConfiguration(source.component("unet").config)
        let latent = try latentScale(source)
        return Usual(
            size: unet.sampleSize * latent, step: latent << (unet.blockOutChannels.count - 1))
    }

    /// Pixels that a latent stands for, in each direction.
    static func latentScale(_ source: any LatentDiffusionSource) throws -> Int {
        try loadAutoencoder(source.component("vae")).downscale
    }

    /// Refuses models that are not fine-tuned here, and pictures or settings that do not go
    /// with the model.
    static func check(
        _ model: LatentDiffusion, _ context: TrainingContext, _ settings: FineTuningSettings
    ) throws(FileError) {
        func wrong(_ problem: String) -> FileError {
            FileError(path: context.model, problem: problem)
        }
        guard model.task == .text, !model.denoiser.isToldGuidance else {
            throw wrong(
                "is a model that repaints, follows instructions or is told its guidance; accepted: "
                    + "one that paints from text and noise alone")
        }
        guard model.scheduler.edm == nil else {
            throw wrong("was trained as in EDM; accepted: epsilon, v, sample and flow prediction")
        }
        try checkSizes(model, context)
        if settings.minSNR > 0, model.scheduler.prediction == .flow {
            throw context.settings.field["task"]["min_snr"].unsupported(
                "\(settings.minSNR) for a model of flows", ["0"])
        }
    }

    private static func checkSizes(
        _ model: LatentDiffusion, _ context: TrainingContext
    ) throws(FileError) {
        let (side, field) = (context.data.pictureSize, context.settings.field["dataset"])
        if case .folder(let folder) = context.data, folder.framing.crop == .bucket {
            let step = folder.framing.bucketStep
            guard step % model.scale == 0, step <= side else {
                throw field["bucket_step"].unsupported(
                    "\(step)",
                    [
                        "a multiple of \(model.scale), the pixels of a latent, up to \(side), the size"
                    ])
            }
            return
        }
        guard side % model.scale == 0 else {
            throw field["size"].unsupported(
                "\(side)", ["a multiple of \(model.scale), the pixels of a latent"])
        }
    }

    /// A path that may not be there yet, however it is written.
    static func place(_ path: String) -> String {
        let path = path.withoutSlash
        let folder = path.parentPath
        return followed(folder.isEmpty ? "." : folder).path(path.lastPathPart)
    }

    /// Refuses a file that another would be written over, such as the model itself.
    static func checkFile(_ context: TrainingContext) throws {
        guard context.ranks.isFirst, fileSize(context.output) != nil else { return }
        let hasBegun = fileExists(context.folder.path(RunCheckpoint.fileName))
        guard hasBegun, followed(context.output) != followed(context.model) else {
            throw FileError(
                path: context.output,
                problem: "is there already, and not of this run; accepted: a new file",
                access: .writing)
        }
    }

    /// Tells the latents of one autoencoder from those of another.
    static func identity(ofAutoencoder source: any LatentDiffusionSource) throws -> String {
        fileSize(source.path) == nil
            ? try weightsIdentity(source.path.path("vae"))
            : try sampledIdentity(ofFile: source.path)
    }

    /// DreamBooth's prior pictures, if there are to be some.
    ///
    /// - Throws: `FileError` for a folder that is missing, or in which nothing says what pictures
    ///   show.
    static func prior(
        _ context: TrainingContext, _ settings: FineTuningSettings, seed: UInt64
    ) throws -> (any CaptionedPictures)? {
        guard let prior = settings.prior else { return nil }
        var framing = PictureFraming(size: context.data.pictureSize)
        if case .folder(let folder) = context.data { framing = folder.framing }
        guard fileExists(prior.folder) else {
            throw FileError(
                path: prior.folder,
                problem: "is missing; accepted for task.prior_pictures: a folder of pictures")
        }
        let folder = try PictureFolder(
            prior.folder, framing: framing, maxBroken: context.maxBroken)
        context.log.message("prior pictures: \(folder.summary(ofSplit: false))")
        try folder.requireCaptions()
        try context.origin?.check(folder, as: "task.prior_pictures")
        return folder.stream(seed: seed, split: .everything)
    }

    /// What the file tells of its making, in kohya's words.
    static func remarks(
        _ context: TrainingContext, _ optimisation: OptimisationSettings, _ data: FineTuningData
    ) -> [String: String] {
        let buckets = data.shapes.enumerated().map { number, bucket in
            JSONMember(
                "\(number)",
                [
                    "resolution": [.integer(bucket.shape.width), .integer(bucket.shape.height)],
                    "count": .integer(bucket.count),
                ])
        }
        let info = JSONValue.object([JSONMember("buckets", .object(buckets))])
        return [
            "ss_enable_bucket": data.shapes.count > 1 ? "True" : "False",
            "ss_bucket_info": info.encoded(indented: false),
            "ss_learning_rate": "\(optimisation.learningRate)",
            "ss_max_train_steps": "\(optimisation.steps)",
            "ss_total_batch_size": "\(optimisation.batch)",
            "ss_seed": "\(optimisation.seed)",
            "ss_num_train_images": "\(data.count)",
            "ss_tag_frequency": data.tagFrequency(context.data.name),
            "ss_resolution": "(\(context.data.pictureSize), \(context.data.pictureSize))",
            "ss_sd_model_name": context.model.lastPathPart,
            "ss_output_name": String(context.output.lastPathPart.prefix { $0 != "." }),
        ]
    }

    /// A picture for each prompt, from fixed noise, in 20 steps.
    static func paint(
        _ model: LatentDiffusion, _ prompts: [String], side: Int, precision: ElementType
    ) throws -> [Picture] {
        var sampling = LatentSampling(steps: 20, guidanceScale: 5)
        sampling.type = precision
        if model.numberCount != nil {
            sampling.micro = (.init(wholePicture: side), .init(wholePicture: side))
        }
        let shape = model.latentShape(width: side, height: side).dimensions
        return try prompts.enumerated().flatMap { index, prompt in
            let painter = LatentPainter(model, sampling, prompts: [prompt], negativePrompts: [""])
            var random = SplitMix64(seed: 11, index: index)
            let noise = random.normal(Shape(shape))
            return Picture.pictures(
                from: try painter.decode(try painter.latents(from: LatentStart(noise: noise))))
        }
    }
}
