import PinxitCLIP
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Training of the latent diffusion model: a U-Net learns the way from noise to the latents of a
/// picture, given its caption.
///
/// Rectified flow (Liu et al. 2022) with logit-normal times (Esser et al. 2024):
/// x_t = (1 - t) x_0 + t n, and the network predicts n - x_0 at timestep 1000 t.
final class DiffusionTask: TrainingTask {
    private let settings: DiffusionSettings
    private let optimisation: OptimisationSettings
    private let parts: DiffusionParts
    private let captions: any CaptionedPictures
    private let latents: EncodedPictures
    private let store: ParameterStore
    private let unet: UNet
    private let text: DiffusionText
    private let layout: LayoutLoss?
    /// The pictures of an epoch, some more than once.
    private let pictures: [Int]
    private var order: EpochOrder
    private let validation: DiffusionValidation

    var parameters: [ParameterStore.Parameter] {
        [store, text.store, layout?.store].compactMap { $0?.parameters }.flatMap { $0 }
    }
    var components: [String: [ParameterStore.Parameter]] {
        var components = ["unet": store.parameters]
        components["text_encoder"] = text.store?.parameters
        return components
    }

    static func check(_ s: SettingsReader) throws {
        _ = try UNetConfiguration(training: s.group("model"), latentChannels: 4, contextWidth: 8)
        _ = try DiffusionSettings(s.group("task"))
        _ = try s.prompts()
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        let model = try context.settings.group("model")
        settings = try DiffusionSettings(context.settings.group("task"))
        parts = try DiffusionParts(
            model, prompts: context.prompts(), folder: context.model,
            guidanceScale: settings.guidanceScale)
        try parts.check(model, pictureSize: context.data.pictureSize, optimisation)
        captions = try context.captionedPictures(optimisation.seed)
        // What is refused is so before everything is encoded.
        let composer = try context.composer(
            of: captions,
            uses: [
                ("layout_weight", settings.layoutWeight > 0, "0"),
                ("pair_repetitions", settings.pairRepetitions > 1, "1"),
            ])
        let count = context.distinct(settings.pictures, of: captions)
        latents = try context.cache(
            "latents", of: count, captions, madeWith: parts.autoencoderIdentity
        ).latents(parts.autoencoder)
        store = ParameterStore(seed: optimisation.seed)
        unet = UNet(store.root, parts.configuration)
        text = try DiffusionText(
            parts, settings, optimisation, captions: captions, count: count)
        let tower = parts.text.tower.configuration
        layout = LayoutLoss(
            weight: settings.layoutWeight, width: tower.hiddenSize, heads: tower.heads, composer,
            optimisation)
        pictures = repeatingPairs(settings.pairRepetitions, count, composer)
        order = EpochOrder(count: pictures.count, seed: optimisation.seed)
        validation = try DiffusionValidation(parts, context.heldOutPictures())
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let each = DrawnRows(of: optimisation)
        let indices = order.batch(step: step, size: size)[rows].map { pictures[$0] }
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let isDropped = each.drawn { random.uniform() < settings.captionDropout }
        let times = each.drawn { random.flowTime(mean: settings.timeMean) }
        let x0 = latents.gathered(indices, type: .f32)
        let context = try states(indices, isDropped)
        let noise = random.normal(rows, of: size, row: Array(x0.shape.dimensions.dropFirst()))
        let loss = try flowLoss(
            unet, x0: x0, noise: noise, times: times, context: context,
            precision: optimisation.precision)
        guard let layout else { return (loss, [:]) }
        return layout.added(to: loss, "loss/flow", states: context, indices, isDropped)
    }

    /// Text states of captions, `[batch, tokens, features]`, some replaced by the empty caption's.
    private func states(_ indices: [Int], _ isDropped: [Bool]) throws -> Tensor {
        switch text {
        case .still(let states): return try states.gather(indices, isDropped: isDropped)
        case .learning(let text, _):
            let texts = zip(indices, isDropped).map { index, isDropped in
                isDropped ? "" : captions.caption(at: index)
            }
            return text(texts, type: optimisation.precision).states
        }
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let (unet, text) = averaged(weights)
        let scalars = try validation.losses(unet, text, precision: optimisation.precision)
        try log.scalars(scalars, step: step, table: "heldout")
        let pictures = try parts.paint(unet, text, precision: optimisation.precision)
        try log.grid("samples", pictures, columns: parts.columns, step: step)
        try exportWhole(weights: weights)
        log.message(
            "step \(step): held-out loss "
                + scalars.sorted { $0.key < $1.key }.map { Progress.rounded($0.value) }.joined(
                    separator: " "))
    }

    func export(weights: [String: Tensor]) throws {
        try parts.write(
            unet: store.own(among: weights), text: text.store?.own(among: weights) ?? [:])
    }

    private func averaged(_ weights: [String: Tensor]) -> (
        unet: UNet, text: CLIPTextConditioner
    ) {
        let unet = UNet(
            ParameterStore(checkpoint: store.own(among: weights)).root, parts.configuration)
        guard let learnt = text.store?.own(among: weights) else { return (unet, parts.text) }
        let tower = CLIPTextModel(
            ParameterStore(checkpoint: learnt).root("text_model"),
            parts.text.tower.configuration)
        return (unet, parts.conditioner(tower))
    }
}
