import PinxitDALLE
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// Training of DALL·E's discrete autoencoder: pictures to tokens and back.
final class PictureTokensTask: TrainingTask {
    /// What the configuration says beside the optimisation.
    struct Settings {
        /// Weight of the quantiser's penalty; nil is its usual one.
        var penaltyWeight: Float?
        /// The temperature falls from the first to the last along half a cosine, over that share of
        /// the steps.
        var temperature: Float
        var finalTemperature: Float
        var annealedShare: Float

        init(_ s: SettingsReader) throws {
            let usual = -1.0
            let weight = try s.float(
                "penalty_weight", or: usual,
                in: NumberRange(usual...1e30, "0 or more, or -1"),
                "Weight of the quantiser's penalty; -1 is its usual one, 0.001 for gumbel and 0.25 "
                    + "for vq.")
            penaltyWeight = weight < 0 ? nil : weight
            temperature = try s.float(
                "temperature", or: 1, in: .positive,
                "The temperature of gumbel's codes at the start.")
            finalTemperature = try s.float(
                "final_temperature", or: 1.0 / 16, in: .positive,
                "The temperature at the end; half a cosine leads there.")
            annealedShare = try s.float(
                "annealed_share", or: 0.8, in: .positive,
                "The share of the steps over which the temperature falls.")
            try s.finish()
        }
    }

    private let configuration: DiscreteAutoencoderConfiguration
    private let settings: Settings
    private let optimisation: OptimisationSettings
    private let store: ParameterStore
    private let model: DiscreteAutoencoder
    private let averageStore: ParameterStore
    private let codebookAverage: CodebookAverage?
    private let pictures: any CaptionedPictures
    private let heldOut: any CaptionedPictures
    private let output: String

    var parameters: [ParameterStore.Parameter] { store.parameters + averageStore.parameters }
    var components: [String: [ParameterStore.Parameter]] {
        ["picture_tokenizer": store.parameters]
    }

    static func check(_ s: SettingsReader) throws {
        _ = try DiscreteAutoencoderConfiguration(training: s.group("model"))
        _ = try Settings(s.group("task"))
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        let sizes = try context.settings.group("model")
        configuration = try DiscreteAutoencoderConfiguration(training: sizes)
        settings = try Settings(context.settings.group("task"))
        let side = configuration.sampleSize / 2
        let held = side * side * configuration.blockOutChannels[0]
        try sizes.checkMemory(
            of: "an autoencoder", samples: (optimisation.rowCount, held), among: optimisation.ranks
        ) { [configuration] in _ = DiscreteAutoencoder($0, configuration) }
        output = "\(context.model)/picture_tokenizer"
        store = ParameterStore(seed: optimisation.seed)
        model = DiscreteAutoencoder(store.root, configuration)
        averageStore = ParameterStore(seed: optimisation.seed)
        codebookAverage = (model.quantiser as? NearestQuantiser).map { [averageStore] in
            CodebookAverage(
                averageStore.root("codebook_average"), codes: $0.codes, width: $0.inputWidth,
                isLearnt: context.startFrom != nil)
        }
        pictures = context.pictures(optimisation.seed)
        heldOut = context.heldOutPictures()
    }

    func loss(step: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let batch = try pictures.batch(
            optimisation.rows(of: step), size: configuration.sampleSize)
        let x = Tensor(pictures: batch.map(\.picture)).cast(to: optimisation.precision)
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        var relaxation = Relaxation(temperature: temperature(step), random: random)
        let features = model.features(x)
        // A number for each of the features, if any.
        relaxation.random.skip(
            optimisation.rows.lowerBound * features.count / optimisation.rowCount)
        let quantised = model.quantiser.relaxed(features, &relaxation)
        let rebuilt = model.decode(quantised.vectors.cast(to: optimisation.precision))
        let reconstruction = reconstructionLoss(rebuilt, x)
        let ids = optimisation.ranks.gather(quantised.ids)
        let use = CodebookUse(ids.integers, codes: model.quantiser.codes)
        var scalars: [String: Float] = [
            "loss/reconstruction": reconstruction.item, "codebook/perplexity": use.perplexity,
        ]
        if let codebookAverage, let quantiser = model.quantiser as? NearestQuantiser {
            scalars["codebook/revived"] = Float(
                codebookAverage.update(
                    quantiser, features: features, ids: quantised.ids, optimisation.ranks,
                    random: &random))
        }
        guard let penalty = quantised.penalty else { return (reconstruction, scalars) }
        scalars["loss/penalty"] = penalty.item
        scalars["codebook/temperature"] = relaxation.temperature
        return (reconstruction + penalty * penaltyWeight, scalars)
    }

    private var penaltyWeight: Float {
        switch configuration.quantizer {
        case .finiteScalar: 0
        case .gumbel: settings.penaltyWeight ?? 1e-3
        case .nearest: settings.penaltyWeight ?? 0.25
        }
    }

    private func temperature(_ step: Int) -> Float {
        let end = max(settings.annealedShare * Float(optimisation.steps), 1)
        return halfCosine(
            from: settings.temperature, to: settings.finalTemperature, at: Float(step) / end)
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = DiscreteAutoencoder(
            ParameterStore(checkpoint: weights).root, configuration)
        let originals = try heldOut.batch(0..<256, size: configuration.sampleSize).map(\.picture)
        let x = Tensor(pictures: originals)
        let side = configuration.tokenSide
        let (tokens, rebuilt) = x.bothInParts { part in
            let tokens = averaged.tokens(part)
            return (tokens, averaged.pictures(tokens.reshaped([part.shape[0], side, side])))
        }
        let quality = peakSignalToNoise(rebuilt, x)
        let use = CodebookUse(tokens.integers, codes: averaged.quantiser.codes)
        try log.scalars(
            [
                "heldout/psnr": quality, "heldout/codebook_share": use.share,
                "heldout/perplexity": use.perplexity,
            ], step: step, table: "heldout")
        let shown = zip(originals.prefix(32), Picture.pictures(from: rebuilt).prefix(32)).flatMap {
            [$0, $1]
        }
        try log.grid("reconstructions", shown, columns: 16, step: step)
        log.message(
            "step \(step): held-out PSNR \(Progress.rounded(quality)) dB; "
                + "\(Progress.rounded(use.share * 100)) % of \(averaged.quantiser.codes) codes "
                + "used, perplexity \(Progress.rounded(use.perplexity))")
    }

    /// Writes the component in f16, as it ships.
    func export(weights: [String: Tensor]) throws {
        try writeComponent(output, store.own(among: weights), configuration.json)
    }
}
