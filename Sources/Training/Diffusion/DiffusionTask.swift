import PinxitCLIP
import PinxitCheckpoints
import PinxitDatasets
import PinxitLayers
import PinxitPlatform
import PinxitStableDiffusion
import PinxitTensors
import PinxitTokenizers

/// Training of the latent diffusion model: a U-Net learns the way from noise to the latents of a picture, given its caption.
///
/// Rectified flow (Liu et al. 2022) with logit-normal times (Esser et al. 2024): x_t = (1 - t) x_0 + t n, and the network
/// predicts n - x_0 at timestep 1000 t.
public final class DiffusionTask: TrainingTask {
    struct Settings {
        /// Pictures whose latents are kept.
        var pictures: Int
        /// How often a caption is replaced by the empty one, for guidance.
        var captionDropout: Float
        /// Whether the text tower learns with the U-Net, as in Rombach et al. 2022, or stays as CLIP left it.
        var trainsText: Bool
        /// Mean of the times' logits. Above 0 more of the work goes to noisy latents, where it is decided what lies where.
        var timeMean: Float
        /// How often a picture of two things comes for each time another comes: which lies where is learnt last.
        var pairRepetitions: Int
        /// Weight of the ``LayoutHead``'s loss beside the flow's, 0 for none; the text tower must learn for it to matter.
        var layoutWeight: Float

        init(_ s: SettingsReader) throws {
            pictures = try s.int("pictures", or: 60_000, in: 64...10_000_000)
            captionDropout = try s.float("caption_dropout", or: 0.1)
            trainsText = try s.bool("train_text_encoder", or: false)
            timeMean = try s.float("time_mean", or: 0)
            pairRepetitions = try s.int("pair_repetitions", or: 1, in: 1...100)
            layoutWeight = try s.float("layout_weight", or: 0)
            try s.finish()
        }
    }

    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let parts: DiffusionParts
    private let latents: LatentCache
    private let captions: Composer
    private let validation: (latents: Tensor, captions: [String])
    private let store: ParameterStore
    private let textStore: ParameterStore?
    private let layoutStore: ParameterStore?
    private let layout: LayoutHead?
    private let unet: UNet
    private let text: CLIPTextModel
    /// States of the captions, and of the empty one, unless the text tower learns.
    private let states: (captions: StateCache, empty: Tensor)?
    /// The pictures of an epoch, some more than once.
    private let pictures: [Int]
    private var order: EpochOrder

    public var parameters: [ParameterStore.Parameter] {
        store.parameters + (textStore?.parameters ?? []) + (layoutStore?.parameters ?? [])
    }
    public var components: [String: [ParameterStore.Parameter]] {
        var components = ["unet": store.parameters]
        components["text_encoder"] = textStore?.parameters
        return components
    }

    init(
        _ parts: DiffusionParts, _ settings: Settings, _ optimisation: OptimisationSettings,
        library: SpriteLibrary, folder: String, log: RunLog
    ) throws {
        self.settings = settings
        self.optimisation = optimisation
        self.parts = parts
        captions = Composer(library: library, seed: optimisation.seed)
        latents = try LatentCache.load(
            count: settings.pictures, from: captions, parts.autoencoder,
            identity:
                "\(parts.autoencoderIdentity) \(library.manifest.recipe) \(optimisation.seed)",
            folder: folder, log: log)
        store = ParameterStore(seed: optimisation.seed)
        unet = UNet(store.root, parts.configuration)
        if settings.trainsText {
            let store = ParameterStore(seed: optimisation.seed)
            text = CLIPTextModel(store.root("text_model"), parts.text.configuration)
            try StartingWeights(folder: parts.folder).copy("text_encoder", into: store.parameters)
            (textStore, states) = (store, nil)
        } else {
            (text, textStore) = (parts.text, nil)
            let (captions, precision) = (captions, optimisation.precision)
            let cache = StateCache(count: settings.pictures) { range in
                parts.context(range.map { captions.sample(at: $0).caption }, parts.text, precision)
            }
            states = (cache, parts.context([""], parts.text, precision))
        }
        if settings.layoutWeight > 0 {
            let store = ParameterStore(seed: optimisation.seed)
            let text = parts.text.configuration
            layout = LayoutHead(
                store.root("layout"), width: text.hiddenSize, heads: text.heads,
                library.vocabulary)
            layoutStore = store
        } else {
            (layout, layoutStore) = (nil, nil)
        }
        pictures = Self.pictures(settings, captions)
        order = EpochOrder(count: pictures.count, seed: optimisation.seed)
        validation = parts.heldOut(library: library, count: 128)
    }

    public func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let indices = order.batch(step: step, size: optimisation.batch).map { pictures[$0] }
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let isDropped = indices.map { _ in random.uniform() < settings.captionDropout }
        let times = indices.map { _ in 1 / (1 + expf(-(settings.timeMean + random.normal()))) }
        let x0 = latents.gather(indices)
        let context = context(indices, isDropped)
        let loss = flowLoss(
            unet, x0: x0, noise: random.normal(x0.shape), times: times, context: context,
            precision: optimisation.precision)
        guard let layout else { return (loss, [:]) }
        let specs = zip(indices, isDropped).map { $1 ? nil : captions.spec(at: $0) }
        let misplaced = layout.loss(context, specs)
        return (
            loss + misplaced * settings.layoutWeight,
            ["loss/flow": loss.item, "loss/layout": misplaced.item]
        )
    }

    private static func pictures(_ settings: Settings, _ composer: Composer) -> [Int] {
        guard settings.pairRepetitions > 1 else { return Array(0..<settings.pictures) }
        return (0..<settings.pictures).flatMap { index in
            let isPair = composer.spec(at: index).parts.count == 2
            return [Int](repeating: index, count: isPair ? settings.pairRepetitions : 1)
        }
    }

    /// Text states of captions, `[batch, tokens, features]`, some replaced by the empty caption's.
    private func context(_ indices: [Int], _ isDropped: [Bool]) -> Tensor {
        guard let states else {
            let texts = zip(indices, isDropped).map { index, isDropped in
                isDropped ? "" : captions.sample(at: index).caption
            }
            return parts.context(texts, text, optimisation.precision)
        }
        let batch = states.captions.gather(indices)
        for (place, isDropped) in isDropped.enumerated() where isDropped {
            batch.replaceRow(place, by: states.empty)
        }
        return batch
    }

    public func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = averaged(weights)
        let context = parts.context(validation.captions, averaged.text, optimisation.precision)
        var noise = SplitMix64(seed: 7)
        let n = noise.normal(validation.latents.shape)
        var scalars: [String: Float] = [:]
        for t in [Float(0.1), 0.3, 0.5, 0.7, 0.9] {
            scalars["heldout/loss_at_\(t)"] =
                flowLoss(
                    averaged.unet, x0: validation.latents, noise: n,
                    times: [Float](repeating: t, count: validation.latents.shape[0]),
                    context: context, precision: optimisation.precision
                ).item
        }
        try log.scalars(scalars, step: step, table: "heldout")
        let pictures = parts.paint(
            averaged.unet, averaged.text, precision: optimisation.precision)
        try log.grid("samples", pictures, columns: parts.columns, step: step)
        try export(weights: weights)
        log.message(
            "step \(step): held-out loss "
                + scalars.sorted { $0.key < $1.key }.map { Progress.rounded($0.value) }.joined(
                    separator: " "))
    }

    public func export(weights: [String: Tensor]) throws {
        let (unet, text) = split(weights)
        try parts.write(unet: unet, text: text)
    }

    private func averaged(_ weights: [String: Tensor]) -> (unet: UNet, text: CLIPTextModel) {
        let (unet, text) = split(weights)
        return (
            UNet(ParameterStore(checkpoint: unet).root, parts.configuration),
            text.isEmpty
                ? parts.text
                : CLIPTextModel(
                    ParameterStore(checkpoint: text).root("text_model"), parts.text.configuration)
        )
    }

    private func split(_ weights: [String: Tensor]) -> (
        unet: [String: Tensor], text: [String: Tensor]
    ) {
        func those(of store: ParameterStore?) -> [String: Tensor] {
            let names = Set(store?.parameters.map(\.name) ?? [])
            return weights.filter { names.contains($0.key) }
        }
        return (those(of: store), those(of: textStore))
    }
}

/// The mean squared error of the velocity at given times.
///
/// - Parameters:
///   - x0, noise: `[batch, height, width, channels]` in f32.
///   - context: `[batch, tokens, features]`.
///   - classVectors: `[batch, features]`, if the U-Net takes them.
func flowLoss(
    _ unet: UNet, x0: Tensor, noise: Tensor, times: [Float], context: Tensor,
    classVectors: Tensor? = nil, precision: ElementType
) -> Tensor {
    let t = Tensor(times, shape: [times.count, 1, 1, 1])
    let xt = x0 + t * (noise - x0)
    let velocity = unet(
        xt.cast(to: precision), timesteps: times.map { $0 * 1000 }, context: context,
        classVectors: classVectors)
    return (velocity.cast(to: .f32) - (noise - x0)).squared.mean()
}
