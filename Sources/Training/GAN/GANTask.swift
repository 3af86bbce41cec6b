import PinxitCLIPGAN
import PinxitFiles
import PinxitImages
import PinxitLayers
import PinxitTensors

/// Training of the CLIP-conditioned GAN: a generator paints what a text says, a discriminator tells
/// its pictures from real ones, and each step the one learns before the other.
final class GANTask: PhasedTask {
    private let settings: GANSettings
    private let optimisation: OptimisationSettings
    private let parts: GANParts
    private let samples: GANSamples
    private let players: GANPlayers
    private var batches: GANBatches
    private var discriminatorLoss: DiscriminatorLoss
    private let generatorLoss: GeneratorLoss
    /// The step's pictures by the generator: judged in both phases, painted once.
    private var painted: (step: Int, painting: GANPainting)?

    var parameters: [ParameterStore.Parameter] { players.parameters }
    var components: [String: [ParameterStore.Parameter]] {
        ["generator": players.generatorStore.parameters]
    }
    var remembered: [String: Float] {
        get { discriminatorLoss.lastPenalties }
        set { discriminatorLoss.lastPenalties = newValue }
    }
    var phases: [TrainingPhase] { players.phases(generatorRate: settings.generatorRate) }

    static func check(_ s: SettingsReader) throws {
        _ = try GANSettings(s.group("task"))
        _ = try GANParts.read(s.group("model"), textSize: 8)
        _ = try s.prompts()
    }

    init(_ context: TrainingContext, _ optimisation: OptimisationSettings) throws {
        self.optimisation = optimisation
        settings = try GANSettings(context.settings.group("task"))
        let sizes = try context.settings.group("model")
        parts = try GANParts(sizes, settings, folder: context.model)
        try parts.check(sizes, optimisation)
        samples = GANSamples(
            try context.prompts(), parts.clip, parts.configuration, context.data)
        let pictures = try context.captionedPictures(optimisation.seed)
        let cache = context.cache(
            "data", of: context.distinct(settings.pictures, of: pictures), pictures,
            madeWith: parts.clipIdentity)
        batches = GANBatches(
            try GANData(cache, side: parts.configuration.pictureSize, parts.clip), settings,
            optimisation, noiseSize: parts.configuration.noiseSize)
        players = GANPlayers(parts, settings, optimisation)
        discriminatorLoss = DiscriminatorLoss(players, settings, optimisation)
        generatorLoss = GeneratorLoss(players, settings, optimisation, parts.clip)
    }

    func loss(step: Int, phase: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let batch = batches.batch(step)
        let painting = painting(step, batch)
        if phase == 0 {
            return discriminatorLoss(step: step, batch, fakes: painting.pictures.detached)
        }
        painted = nil
        return generatorLoss(step: step, batch, painting)
    }

    private func painting(_ step: Int, _ batch: GANBatch) -> GANPainting {
        if let painted, painted.step == step { return painted.painting }
        let painting = players.paint(batch)
        painted = (step, painting)
        return painting
    }

    func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = Generator(
            ParameterStore(checkpoint: players.generatorStore.own(among: weights)).root,
            parts.configuration)
        if let painted = samples.paint(averaged, precision: optimisation.precision) {
            try log.grid(
                "samples", Picture.pictures(from: painted.pictures), columns: samples.columns,
                step: step)
            let (scalars, text) = samples.judge(painted)
            try log.scalars(scalars, step: step, table: "samples")
            log.message("step \(step): \(text)")
        }
        try exportWhole(weights: weights)
    }

    func export(weights: [String: Tensor]) throws {
        try parts.write(generator: players.generatorStore.own(among: weights))
    }
}
