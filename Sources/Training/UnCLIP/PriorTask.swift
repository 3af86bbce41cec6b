import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitTensors

/// Training of the prior: from a caption to the CLIP embedding of its picture (Ramesh et al. 2022,
/// section 2.2).
///
/// Noise of a squared-cosine schedule is put on the normalised embedding, and the network predicts
/// it without noise.
final class PriorTask: TrainingTask {
    struct Settings {
        /// Pictures whose embeddings are kept.
        var pictures: Int
        /// How often a caption is replaced by the empty one, for guidance.
        var captionDropout: Float

        init(_ s: SettingsReader) throws {
            pictures = try s.pictures(or: 60_000, kept: "embeddings")
            captionDropout = try s.captionDropout(or: 0.1)
            try s.finish()
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let configuration: PriorConfiguration
    private let clip: ScaledCLIP
    private let embeddings: EncodedPictures
    private let captions: any CaptionedPictures
    private let heldOut: HeldOutEmbeddings
    private let store: ParameterStore
    private let prior: PriorTransformer
    private let scheduler: PriorScheduler
    private let levels: [NoiseLevel]
    private let output: String
    private var order: EpochOrder

    var parameters: [ParameterStore.Parameter] { store.parameters }
    var components: [String: [ParameterStore.Parameter]] { ["prior": store.parameters] }

    static func check(_ s: SettingsReader) throws {
        _ = try PriorConfiguration(
            training: s.group("model"), embedding: 8, states: 8, tokens: 8)
        _ = try Settings(s.group("task"))
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        output = context.model
        let parts = try EmbeddingParts(folder: output)
        clip = parts.clip
        let model = try context.settings.group("model")
        configuration = try PriorConfiguration(training: model, clip)
        settings = try Settings(context.settings.group("task"))
        let held = configuration.tokens * configuration.width * configuration.layers
        try model.checkMemory(
            of: "a prior", samples: (optimisation.rowCount, held), among: optimisation.ranks
        ) { [configuration] in _ = PriorTransformer($0, configuration) }
        captions = try context.captionedPictures(optimisation.seed)
        let count = context.distinct(settings.pictures, of: captions)
        embeddings = try context.cache(
            "embeddings", of: count, captions, madeWith: parts.identity
        ).embeddings(clip)
        store = ParameterStore(seed: optimisation.seed)
        prior = PriorTransformer(store.root, configuration)
        let measured = EmbeddingNormaliser(measuring: embeddings.tensor)
        prior.normaliser.mean.overwrite(with: measured.mean)
        prior.normaliser.deviation.overwrite(with: measured.deviation)
        scheduler = try PriorScheduler(
            JSONField(file: "prior_scheduler", path: "", value: PriorScheduler.own))
        levels = scheduler.levels
        order = EpochOrder(count: count, seed: optimisation.seed)
        heldOut = try HeldOutEmbeddings(context.heldOutPictures(), clip, count: 512)
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let each = DrawnRows(of: optimisation)
        let indices = Array(order.batch(step: step, size: size)[rows])
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let isDropped = each.drawn { random.uniform() < settings.captionDropout }
        let texts = zip(indices, isDropped).map { $1 ? "" : captions.caption(at: $0) }
        let times = each.drawn { random.below(levels.count) }
        let x0 = embeddings.gathered(indices, type: .f32)
        let noise = random.normal(rows, of: size, row: [x0.shape[1]])
        let loss = priorLoss(
            prior, x0: x0, noise: noise, times: times, levels: levels,
            texts: clip.embed(texts: texts, type: optimisation.precision))
        return (loss, [:])
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = PriorTransformer(ParameterStore(checkpoint: weights).root, configuration)
        let scalars = try heldOut.measure(
            Prior(averaged, scheduler), levels, precision: optimisation.precision)
        try log.scalars(scalars, step: step, table: "heldout")
        try exportWhole(weights: weights)
        log.message("step \(step): held-out \(Progress.words(scalars, of: "heldout"))")
    }

    func export(weights: [String: Tensor]) throws {
        try writeComponent(
            "\(output)/prior", weights, configuration.json, file: .diffusers)
        try UnCLIPFiles.writeScheduler(PriorScheduler.own, to: "\(output)/prior_scheduler")
        try UnCLIPFiles.writeIndex(output)
    }
}

/// The mean squared error of the normalised embedding at given times.
///
/// - Parameters:
///   - x0: Embeddings on CLIP's scale, `[batch, features]` in f32.
///   - times: Indices into `levels`.
func priorLoss(
    _ prior: PriorTransformer, x0: Tensor, noise: Tensor, times: [Int], levels: [NoiseLevel],
    texts: EmbeddedTexts
) -> Tensor {
    func column(_ value: (NoiseLevel) -> Double) -> Tensor {
        Tensor(times.map { Float(value(levels[$0])) }, shape: [times.count, 1])
    }
    let clean = prior.normaliser.scale(x0)
    let xt = clean * column(\.alpha) + noise * column(\.sigma)
    return (prior(xt, timesteps: times.map(Float.init), texts: texts) - clean).squared.mean()
}
