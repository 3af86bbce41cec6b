import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitSamplers
import PinxitStableDiffusion
import PinxitTensors

/// Training of the decoder of an unCLIP model (Ramesh et al. 2022, section 2.1): a latent diffusion
/// U-Net that is given the CLIP embedding of the picture it is to paint, and sometimes its caption.
///
/// The flow is ``DiffusionTask``'s; a U-Net trained by that is where to start from, since what is
/// new gives nothing at first.
final class UnCLIPTask: TrainingTask {
    struct Settings {
        /// Pictures whose latents and embeddings are kept.
        var pictures: Int
        /// How often a caption is replaced by the empty one: often, so that the embedding says
        /// enough alone.
        var captionDropout: Float
        /// How often an embedding is left out, for guidance.
        var pictureDropout: Float
        /// The most noise on embeddings, of the 1000 levels there are; half of them have next to
        /// none.
        var noiseLevels: Int
        /// See ``DiffusionSettings``.
        var timeMean: Float
        /// A model folder whose U-Net is learnt onto, or empty.
        var base: String
        /// With a base, only parameters with one of these in their name change, so that both models
        /// can share the rest.
        var learns: [String]
        /// See ``DiffusionSettings``.
        var guidanceScale: Float
        /// How far the finished model's variations usually leave the noise of their picture.
        var variationAmount: Double
        /// The same of blends.
        var blendAmount: Double

        /// What brings conditions in and spreads them.
        static let conditioning = ["class_embedding.", "time_emb", ".attn1.", ".attn2."]

        init(_ s: SettingsReader) throws {
            pictures = try s.pictures(or: 60_000, kept: "latents and embeddings")
            captionDropout = try s.captionDropout(or: 0.5)
            pictureDropout = try s.float(
                "picture_dropout", or: 0.1, in: .share,
                "How often an embedding is left out, for guidance.")
            noiseLevels = try s.int(
                "noise_levels", or: 500, in: 1...1000,
                "The most noise on embeddings, of 1000 levels; half of them have next to none.")
            timeMean = try s.timeMean()
            base = try s.string(
                "base", or: "", "A model folder whose U-Net is learnt onto; empty for none.")
            learns = try s.strings(
                "learns", or: Self.conditioning,
                "With a base, only parameters with one of these in their name change.")
            guidanceScale = try s.guidanceScale(or: 3.5)
            variationAmount = try s.double(
                "variation_amount", or: 0.2, in: .share,
                "How far variations by the finished model usually leave their picture: 0 is the "
                    + "picture again, 1 keeps only what CLIP sees of it, as diffusers does.")
            blendAmount = try s.double(
                "blend_amount", or: 0, in: .share, "The same of blends of two pictures.")
            try s.finish()
        }

        /// Whether a parameter learns: without a base all do.
        func isLearnt(_ parameter: String) -> Bool {
            base.isEmpty || learns.contains { parameter.contains($0) }
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let parts: DiffusionParts
    private let latents: EncodedPictures
    private let embeddings: EncodedPictures
    private let noise: EmbeddingNoise
    private let states: CaptionStates
    private let validation: UnCLIPValidation
    private let store: ParameterStore
    private let unet: UNet
    private var order: EpochOrder

    var parameters: [ParameterStore.Parameter] {
        store.parameters.filter { settings.isLearnt($0.name) }
    }
    var components: [String: [ParameterStore.Parameter]] { ["unet": store.parameters] }

    func mayBeNew(_ parameter: String) -> Bool { Self.isOfPictures(parameter) }

    /// What a U-Net that is told nothing of pictures lacks.
    private static func isOfPictures(_ parameter: String) -> Bool {
        parameter.hasPrefix("class_embedding.")
    }

    static func check(_ s: SettingsReader) throws {
        _ = try UNetConfiguration(
            training: s.group("model"), latentChannels: 4, contextWidth: 8, classEmbeddingWidth: 8)
        _ = try Settings(s.group("task"))
    }

    /// What the model has of earlier stages, or gets from the model the run starts from; if the
    /// recipe does not go with it, nothing stays behind.
    private static func parts(
        _ context: TrainingContext, _ optimisation: OptimisationSettings
    ) throws -> (EmbeddingParts, DiffusionParts, Settings) {
        try context.completing(
            ["tokenizer", "text_encoder", "vae", "clip"], from: context.startFrom
        ) {
            let clip = try EmbeddingParts(folder: context.model)
            let model = try context.settings.group("model")
            let settings = try Settings(context.settings.group("task"))
            let parts = try DiffusionParts(
                model, prompts: [], folder: context.model,
                guidanceScale: settings.guidanceScale,
                classEmbeddingWidth: 2 * clip.clip.features)
            try parts.check(model, pictureSize: context.data.pictureSize, optimisation)
            return (clip, parts, settings)
        }
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        let clip: EmbeddingParts
        (clip, parts, settings) = try Self.parts(context, optimisation)
        // What is refused is so before everything is encoded.
        store = ParameterStore(seed: optimisation.seed)
        unet = UNet(store.root, parts.configuration)
        try Self.learnOntoBase(settings, store)
        let pictures = try context.captionedPictures(optimisation.seed)
        let count = context.distinct(settings.pictures, of: pictures)
        latents = try context.cache(
            "latents", of: count, pictures, madeWith: parts.autoencoderIdentity
        ).latents(parts.autoencoder)
        embeddings = try context.cache(
            "embeddings", of: count, pictures, madeWith: clip.identity
        ).embeddings(clip.clip)
        noise = try EmbeddingNoise(
            EmbeddingNormaliser(measuring: embeddings.tensor),
            SchedulerConfiguration(
                JSONField(
                    file: "image_noising_scheduler", path: "", value: EmbeddingNoise.schedule)))
        states = CaptionStates(
            parts, of: pictures, count: count, precision: optimisation.precision)
        order = EpochOrder(count: count, seed: optimisation.seed)
        validation = try UnCLIPValidation(parts, clip.clip, noise, context.heldOutPictures())
    }

    /// Takes over the weights of the base, if there is one.
    private static func learnOntoBase(_ settings: Settings, _ store: ParameterStore) throws {
        guard !settings.base.isEmpty else { return }
        try StartingWeights(folder: settings.base).copy(
            "unet", into: store.parameters, mayBeNew: isOfPictures)
        guard store.parameters.contains(where: { settings.isLearnt($0.name) }) else {
            throw FileError(
                path: settings.base, field: "task.learns",
                problem: "no parameter of the U-Net has one of these in its name: "
                    + settings.learns.joined(separator: ", "))
        }
    }

    /// What does not learn is the base's, whatever the run starts from: checkpoints hold what does,
    /// and models that share the base are to fit it.
    func started() throws {
        guard !settings.base.isEmpty else { return }
        try StartingWeights(folder: settings.base).copy(
            "unet", into: store.parameters.filter { !settings.isLearnt($0.name) },
            mayBeNew: mayBeNew)
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let each = DrawnRows(of: optimisation)
        let indices = Array(order.batch(step: step, size: size)[rows])
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let times = each.drawn { random.flowTime(mean: settings.timeMean) }
        let isDropped = each.drawn { random.uniform() < settings.captionDropout }
        let context = try states.gather(indices, isDropped: isDropped)
        let x0 = latents.gathered(indices, type: .f32)
        let vectors = condition(indices, &random)
        let noise = random.normal(rows, of: size, row: Array(x0.shape.dimensions.dropFirst()))
        let loss = try flowLoss(
            unet, x0: x0, noise: noise, times: times, context: context,
            added: vectors, precision: optimisation.precision)
        return (loss, [:])
    }

    /// What the U-Net is told of the pictures, `[indices, features]`; zeros where the picture is
    /// left out.
    private func condition(_ indices: [Int], _ random: inout SplitMix64) -> Tensor {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let each = DrawnRows(of: optimisation)
        let levels = each.drawn { random.chance(0.5) ? 0 : random.below(settings.noiseLevels) }
        let clean = embeddings.gathered(indices, type: .f32)
        let vectors = noise.condition(
            clean, levels: levels,
            noise: random.normal(rows, of: size, row: [clean.shape[1]]))
        let kept = each.drawn { random.uniform() < settings.pictureDropout ? Float(0) : 1 }
        return vectors * Tensor(kept, shape: [kept.count, 1])
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = UNet(ParameterStore(checkpoint: whole(weights)).root, parts.configuration)
        let scalars = try validation.losses(averaged, precision: optimisation.precision)
        try log.scalars(scalars, step: step, table: "heldout")
        let pictures = try validation.variations(averaged, precision: optimisation.precision)
        try log.grid("samples", pictures, columns: parts.columns, step: step)
        try exportWhole(weights: weights)
        log.message("step \(step): held-out loss \(Progress.words(scalars, of: "heldout"))")
    }

    /// What was learnt and what stayed.
    private func whole(_ learnt: [String: Tensor]) -> [String: Tensor] {
        store.weights.merging(learnt) { $1 }
    }

    func export(weights: [String: Tensor]) throws {
        try parts.write(
            unet: whole(weights),
            usual: [
                JSONMember("variation_amount", .number(settings.variationAmount)),
                JSONMember("blend_amount", .number(settings.blendAmount)),
            ])
        try noise.normaliser.write(to: "\(parts.folder)/image_normalizer")
        try UnCLIPFiles.writeScheduler(
            EmbeddingNoise.schedule, to: "\(parts.folder)/image_noising_scheduler")
        try UnCLIPFiles.writeIndex(parts.folder)
    }
}
