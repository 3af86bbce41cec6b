import PinxitCheckpoints
import PinxitDatasets
import PinxitFiles
import PinxitLayers
import PinxitStableDiffusion
import PinxitTensors

/// Teaches a finished model something: the model stays, and what learns is written beside it.
final class FineTuningTask: TrainingTask {
    private let settings: FineTuningSettings
    private let optimisation: OptimisationSettings
    private let source: any LatentDiffusionSource
    private let learner: any Learner
    private let step: FineTuningStep
    private var data: FineTuningData
    /// DreamBooth's other things of the kind.
    private var prior: FineTuningData?
    private let prompts: [String]
    private let remarks: [String: String]
    private let output: String

    var parameters: [ParameterStore.Parameter] { learner.parameters }
    /// No run starts from other weights than the model's.
    var components: [String: [ParameterStore.Parameter]] { [:] }

    init(
        _ context: TrainingContext, _ optimisation: OptimisationSettings,
        _ settings: FineTuningSettings, _ source: any LatentDiffusionSource, _ learner: any Learner
    ) throws {
        (self.optimisation, self.settings, self.learner) = (optimisation, settings, learner)
        prompts = try context.settings.prompts()
        output = context.output
        self.source = source
        let model = try LatentDiffusion(source, try learner.options(nil))
        try FineTuningBase.check(model, context, settings)
        step = FineTuningStep(
            model: model, noising: DenoisingLoss(model.scheduler, settings),
            precision: optimisation.precision, recomputes: settings.recomputes)
        // What is wrong with either data set is found before pictures are encoded.
        let others = try FineTuningBase.prior(context, settings, seed: optimisation.seed)
        let maker = try FineTuningBase.identity(ofAutoencoder: source)
        data = try FineTuningData(
            context, "latents",
            learner.needsCaptions
                ? try context.captionedPictures(optimisation.seed, .everything)
                : context.data.pictures(optimisation.seed, .everything),
            limit: settings.pictures, model, madeWith: maker, seed: optimisation.seed)
        prior = try others.map {
            try FineTuningData(
                context, "prior-latents", $0, limit: settings.pictures, model, madeWith: maker,
                seed: optimisation.seed &+ 1)
        }
        remarks = FineTuningBase.remarks(context, optimisation, data)
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let own = try loss(&data, step, &random, learner.caption)
        guard let weight = settings.prior?.weight else { return (own, [:]) }
        let kept = try loss(&prior!, step, &random, \.self)
        return (
            own + kept * weight,
            ["loss/own": own.item, "loss/prior": kept.item]
        )
    }

    /// The loss of a step's pictures of one of the two data sets.
    private func loss(
        _ data: inout FineTuningData, _ step: Int, _ random: inout SplitMix64,
        _ spoken: (String) -> String
    ) throws -> Tensor {
        let (rows, size) = (optimisation.rows, optimisation.batch)
        let (bucket, samples) = data.batch(step, size: size)
        let indices = Array(samples[rows])
        let each = DrawnRows(of: optimisation)
        let isDropped = each.drawn { random.uniform() < settings.captionDropout }
        let captions = zip(indices, isDropped).map {
            $1 ? "" : spoken(bucket.pictures.caption(at: $0))
        }
        let times = each.drawn { self.step.noising.time(&random) }
        let x0 = bucket.latents.gathered(indices, type: .f32)
        let noise = self.step.noising.noise(
            rows, of: size, row: Array(x0.shape.dimensions.dropFirst()), &random)
        return try self.step.loss(
            x0: x0, noise: noise, times: times, captions: captions,
            views: indices.map(bucket.pictures.view))
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        try exportWhole(weights: weights)
        log.message("step \(step): wrote \(output)")
        guard !prompts.isEmpty else { return }
        let pictures = try FineTuningBase.paint(
            try LatentDiffusion(source, try learner.options(weights)), prompts,
            side: data.side, precision: optimisation.precision)
        try log.grid("samples", pictures, columns: 4, step: step)
    }

    func export(weights: [String: Tensor]) throws {
        try learner.write(weights, of: step.model, remarks: remarks, to: output)
    }
}
