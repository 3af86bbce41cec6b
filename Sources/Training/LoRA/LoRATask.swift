import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Fine-tuning by changes of low rank (LoRA, Hu et al. 2021): the model stays, and what learns is
/// written to a small file.
final class LoRATask: TrainingTask {
    private let settings: LoRASettings
    private let optimisation: OptimisationSettings
    private let source: any LatentDiffusionSource
    private let adapters: LoRAAdapters
    private let step: LoRAStep
    private var data: LoRAData
    /// DreamBooth's other things of the kind.
    private var prior: LoRAData?
    private let prompts: [String]
    private let file: LoRAFile
    private let output: String

    var parameters: [ParameterStore.Parameter] { adapters.store.parameters }
    /// Nothing of a model's folder is written.
    var components: [String: [ParameterStore.Parameter]] { [:] }

    static func check(_ s: SettingsReader) throws {
        _ = try LoRASettings(s.group("task"))
        _ = try s.prompts()
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        let settings = try LoRASettings(context.settings.group("task"))
        self.settings = settings
        prompts = try context.settings.prompts()
        output = context.output
        source = try LoRABase.source(context.model)
        adapters = LoRAAdapters(ParameterStore(seed: optimisation.seed), settings)
        var options = LoadOptions()
        options.lowRank = adapters
        let model = try LatentDiffusion(source, options)
        try LoRABase.check(model, context, settings)
        step = LoRAStep(
            model: model, noising: DenoisingLoss(model.scheduler, settings),
            precision: optimisation.precision, recomputes: settings.recomputes)
        let maker = try LoRABase.identity(ofAutoencoder: source)
        data = try LoRAData(
            context, "latents", try context.captionedPictures(optimisation.seed),
            limit: settings.pictures, model, madeWith: maker, seed: optimisation.seed)
        prior = try LoRABase.prior(context, settings, seed: optimisation.seed).map {
            try LoRAData(
                context, "prior-latents", $0, limit: settings.pictures, model, madeWith: maker,
                seed: optimisation.seed &+ 1)
        }
        file = LoRAFile(
            settings: settings, isXL: model.denoiser.numberWidth != nil,
            contextWidth: model.denoiser.textWidth,
            remarks: LoRABase.remarks(context, optimisation, pictures: data.count))
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let own = try loss(&data, step, &random)
        guard prior != nil else { return (own, [:]) }
        let kept = try loss(&prior!, step, &random)
        return (
            own + kept * settings.priorWeight,
            ["loss/own": own.item, "loss/prior": kept.item]
        )
    }

    /// The loss of a step's pictures of one of the two data sets.
    private func loss(
        _ data: inout LoRAData, _ step: Int, _ random: inout SplitMix64
    ) throws -> Tensor {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let indices = Array(data.batch(step, size: size)[rows])
        let isDropped = (0..<size).map { _ in random.uniform() < settings.captionDropout }[rows]
        let captions = zip(indices, isDropped).map { $1 ? "" : data.captions.caption(at: $0) }
        let times = (0..<size).map { _ in self.step.noising.time(&random) }[rows]
        let x0 = data.latents.gathered(indices, type: .f32)
        let noise = self.step.noising.noise(
            rows, of: size, row: Array(x0.shape.dimensions.dropFirst()), &random)
        return try self.step.loss(
            x0: x0, noise: noise, times: Array(times), captions: captions,
            side: data.captions.pictureSize)
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        try exportWhole(weights: weights)
        log.message("step \(step): wrote \(output)")
        guard !prompts.isEmpty else { return }
        var options = LoadOptions()
        options.lowRank = LoRAAdapters(ParameterStore(checkpoint: weights), settings)
        let pictures = try LoRABase.paint(
            try LatentDiffusion(source, options), prompts, side: data.captions.pictureSize,
            precision: optimisation.precision)
        try log.grid("samples", pictures, columns: 4, step: step)
    }

    func export(weights: [String: Tensor]) throws { try file.write(weights, to: output) }
}
