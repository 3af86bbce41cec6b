import PinxitCLIP
import PinxitCLIPGAN
import PinxitDatasets
import PinxitLayers
import PinxitPlatform
import PinxitTensors

// Legend: B batch.

/// Training of the CLIP-conditioned GAN: a generator paints what a text says, a discriminator tells its pictures from real
/// ones, and each step the one learns before the other.
public final class GANTask: PhasedTask {
    private let settings: GANSettings
    private let optimisation: OptimisationSettings
    private let parts: GANParts
    private let data: GANData
    private let generatorStore: ParameterStore
    private let discriminatorStore: ParameterStore
    private let encoderStore: ParameterStore
    private let generator: Generator
    /// Finds the noise of real pictures; nil if none is to be painted again.
    private let encoder: NoiseEncoder?
    private let discriminator: Discriminator
    /// The discriminator's weights without their tape, for whoever asks it without teaching it.
    private let frozen: Discriminator
    private var order: EpochOrder
    /// The step's pictures by the generator, on its tape: judged in both phases, painted once.
    private var painted: (step: Int, painting: Painting)?
    private var lastPenalty: (real: Float, fake: Float) = (0, 0)

    public var parameters: [ParameterStore.Parameter] {
        discriminatorStore.parameters + generatorStore.parameters + encoderStore.parameters
    }
    public var components: [String: [ParameterStore.Parameter]] {
        ["generator": generatorStore.parameters]
    }
    public var phases: [TrainingPhase] {
        let (first, all) = (discriminatorStore.parameters.count, parameters.count)
        return [
            TrainingPhase(name: "discriminator", parameters: 0..<first),
            TrainingPhase(
                name: "generator", parameters: first..<all, rate: settings.generatorRate),
        ]
    }

    init(
        _ parts: GANParts, _ settings: GANSettings, _ optimisation: OptimisationSettings,
        library: SpriteLibrary, folder: String, log: RunLog
    ) throws {
        self.settings = settings
        self.optimisation = optimisation
        self.parts = parts
        data = try GANData.load(
            count: settings.pictures, side: parts.configuration.pictureSize,
            from: Composer(library: library, seed: optimisation.seed), parts.clip,
            identity: "\(parts.clipIdentity) \(library.manifest.recipe) \(optimisation.seed)",
            folder: folder, log: log)
        generatorStore = ParameterStore(seed: optimisation.seed)
        generator = Generator(generatorStore.root, parts.configuration)
        encoderStore = ParameterStore(seed: optimisation.seed)
        encoder =
            settings.reconstructionWeight > 0
            ? NoiseEncoder(encoderStore.root("noise_encoder"), parts.configuration) : nil
        discriminatorStore = ParameterStore(seed: optimisation.seed)
        discriminator = Discriminator(discriminatorStore.root, parts.discriminator)
        // The same storage: what the optimiser changes, both see.
        let weights = discriminatorStore.parameters.map { ($0.name, $0.tensor.detached) }
        frozen = Discriminator(
            ParameterStore(checkpoint: Dictionary(uniqueKeysWithValues: weights)).root,
            parts.discriminator)
        order = EpochOrder(count: settings.pictures, seed: optimisation.seed)
    }

    public func loss(step: Int, phase: Int) throws -> (loss: Tensor, scalars: [String: Float]) {
        let batch = batch(step)
        return phase == 0 ? discriminatorLoss(step, batch) : generatorLoss(step, batch)
    }

    // MARK: The batch

    private struct Batch {
        /// `[B, side, side, 3]` in [-1, 1].
        let pictures: Tensor
        /// `[B, features]`, rows of length one.
        let texts: Tensor
        /// Those of other pictures, or wrong in one word.
        let wrongTexts: Tensor
        /// z, `[B, noise]`.
        let noise: Tensor
    }

    private func batch(_ step: Int) -> Batch {
        let size = optimisation.batch
        let indices = order.batch(step: step, size: size)
        var random = SplitMix64(seed: optimisation.seed &+ 1, index: step)
        let noise = random.normal([size, parts.configuration.noiseSize])
        let texts = conditions(indices, &random)
        let neighbours = texts.gathered((0..<size).map { ($0 + 1) % size }, type: .f32)
        let nearly = data.wrongTexts.gathered(indices, type: .f32)
        let isNearly = Tensor(
            indices.map { _ in random.uniform() < settings.nearMismatches ? Float(1) : 0 },
            shape: [size, 1])
        return Batch(
            pictures: data.pictures(indices), texts: texts,
            wrongTexts: neighbours + (nearly - neighbours) * isNearly, noise: noise)
    }

    /// The embeddings of captions, or of the pictures themselves with noise.
    private func conditions(_ indices: [Int], _ random: inout SplitMix64) -> Tensor {
        let texts = data.texts.gathered(indices, type: .f32)
        guard settings.pictureConditions > 0 else { return texts }
        let noise = normalised(random.normal(texts.shape)) * settings.conditionNoise
        let images = normalised(data.images.gathered(indices, type: .f32) + noise)
        let isPicture = indices.map { _ in
            random.uniform() < settings.pictureConditions ? Float(1) : 0
        }
        let chosen = Tensor(isPicture, shape: [indices.count, 1])
        return texts + (images - texts) * chosen
    }

    /// The generator's pictures of a step, on its tape.
    private struct Painting {
        /// `[B, side, side, 3]`; the first of them from the noise that was found in the real ones.
        let pictures: Tensor
        /// How many those are, and how far the distributions of their noise are from a normal one.
        var found = 0
        var divergence: Tensor?
    }

    private func paint(_ step: Int, _ batch: Batch) -> Painting {
        if let painted, painted.step == step { return painted.painting }
        let painting = paint(batch)
        painted = (step, painting)
        return painting
    }

    private func paint(_ batch: Batch) -> Painting {
        func pictures(_ noise: Tensor) -> Tensor {
            generator(noise: noise, text: batch.texts, type: optimisation.precision)
        }
        let size = optimisation.batch
        let found = Int(Float(size) * settings.reconstructionShare)
        guard let encoder, found > 0 else { return Painting(pictures: pictures(batch.noise)) }
        let (mean, logVariance) = encoder(
            batch.pictures.sliced(axis: 0, 0..<found),
            text: batch.texts.sliced(axis: 0, 0..<found))
        let drawn = batch.noise.sliced(axis: 0, 0..<found)
        let rest = batch.noise.sliced(axis: 0, found..<size)
        let noise = mean + (logVariance * 0.5).exp * drawn
        return Painting(
            pictures: pictures(concatenate([noise, rest], axis: 0)), found: found,
            divergence: divergenceLoss(mean: mean, logVariance: logVariance))
    }

    private func features(_ discriminator: Discriminator, _ pictures: Tensor) -> Tensor {
        discriminator.features(pictures.cast(to: optimisation.precision))
    }

    // MARK: The players

    private func discriminatorLoss(
        _ step: Int, _ batch: Batch
    ) -> (loss: Tensor, scalars: [String: Float]) {
        let size = optimisation.batch
        let fakes = paint(step, batch).pictures.detached
        var random = SplitMix64(seed: optimisation.seed &+ 2, index: step)
        let both = settings.augmentations(
            concatenate([batch.pictures, fakes], axis: 0), share: settings.augmentationShare,
            &random)
        let seen = features(discriminator, both)
        // What is seen in a picture does not depend on the text, so the wrong texts cost next to nothing.
        let verdicts = discriminator.verdict(
            concatenate([seen, seen.sliced(axis: 0, 0..<size)], axis: 0),
            text: concatenate([batch.texts, batch.texts, batch.wrongTexts], axis: 0)
        ).chunked(3, axis: 0)
        let (real, fake, mismatched) = (verdicts[0], verdicts[1], verdicts[2])
        var loss = settings.loss.discriminator(
            real: real, fake: fake, mismatched: mismatched, weight: settings.mismatchWeight)
        if (step + 1) % settings.penaltyEvery == 0, penaltyWeight(step) > 0 {
            loss =
                loss + penalty(both, batch) * (penaltyWeight(step) * Float(settings.penaltyEvery))
        }
        let scalars = [
            "discriminator/real": real.mean().item, "discriminator/fake": fake.mean().item,
            "discriminator/mismatched": mismatched.mean().item,
            "discriminator/r1": lastPenalty.real, "discriminator/r2": lastPenalty.fake,
        ]
        return (loss, scalars)
    }

    /// Half of R1 on the real pictures plus half of R2 on the fakes, as far as gradients go.
    private func penalty(_ both: Tensor, _ batch: Batch) -> Tensor {
        let size = optimisation.batch
        func penalty(_ range: Range<Int>) -> GradientPenalty {
            GradientPenalty(
                at: both.sliced(axis: 0, range), distance: settings.penaltyDistance,
                frozen: { self.frozen.verdict(self.features(self.frozen, $0), text: batch.texts) },
                discriminator: {
                    self.discriminator.verdict(
                        self.features(self.discriminator, $0),
                        text: concatenate([batch.texts, batch.texts], axis: 0))
                })
        }
        let (real, fake) = (penalty(0..<size), penalty(size..<2 * size))
        lastPenalty = (real.value, fake.value)
        return real.loss + fake.loss
    }

    /// γ at a step.
    private func penaltyWeight(_ step: Int) -> Float {
        let progress = Float(step) / Float(optimisation.steps)
        let rest = 0.5 * (1 + cosf(.pi * progress))
        return settings.penaltyEnd + (settings.penalty - settings.penaltyEnd) * rest
    }

    private func generatorLoss(
        _ step: Int, _ batch: Batch
    ) -> (loss: Tensor, scalars: [String: Float]) {
        let painting = paint(step, batch)
        let pictures = painting.pictures
        painted = nil
        var random = SplitMix64(seed: optimisation.seed &+ 3, index: step)
        func verdict(_ pictures: Tensor) -> Tensor {
            let x = settings.augmentations(
                pictures, share: settings.augmentationShare, &random)
            return frozen.verdict(features(frozen, x), text: batch.texts)
        }
        let fake = verdict(pictures)
        var loss = settings.loss.generator(fake: fake) { verdict(batch.pictures) }
        var scalars: [String: Float] = [:]
        if let (again, terms) = reconstruction(painting, batch) {
            loss = loss + again
            scalars = terms
        }
        guard settings.similarityWeight > 0 else { return (loss, scalars) }
        let seen = parts.clip.model.embed(pictures: pictures.cast(to: optimisation.precision))
        let similarity = (seen * batch.texts).sum() * (1 / Float(optimisation.batch))
        scalars["generator/clip_similarity"] = similarity.item
        return (loss - similarity * settings.similarityWeight, scalars)
    }

    /// What is wrong with the pictures that were to be painted again.
    private func reconstruction(
        _ painting: Painting, _ batch: Batch
    ) -> (loss: Tensor, scalars: [String: Float])? {
        guard let divergence = painting.divergence else { return nil }
        let rows = 0..<painting.found
        let difference = reconstructionLoss(
            painting.pictures.sliced(axis: 0, rows), batch.pictures.sliced(axis: 0, rows))
        let summed = divergence * Float(parts.configuration.noiseSize)
        let loss =
            difference * settings.reconstructionWeight + summed * settings.divergenceWeight
        return (
            loss,
            [
                "generator/reconstruction": difference.item,
                "generator/divergence": summed.item,
            ]
        )
    }

    // MARK: Reports

    public func report(step: Int, weights: [String: Tensor], to log: RunLog) throws {
        let averaged = averaged(weights)
        let generator = Generator(
            ParameterStore(checkpoint: averaged).root, parts.configuration)
        let samples = parts.paint(generator, precision: optimisation.precision)
        try log.grid(
            "samples", samples.pictures, columns: parts.columns, step: step)
        let (scalars, text) = parts.judge(samples)
        try log.scalars(scalars, step: step, table: "samples")
        log.message("step \(step): \(text)")
        try export(weights: weights)
    }

    public func export(weights: [String: Tensor]) throws {
        try parts.write(generator: averaged(weights))
    }

    /// The generator's part of averaged weights.
    private func averaged(_ weights: [String: Tensor]) -> [String: Tensor] {
        let names = Set(generatorStore.parameters.map(\.name))
        return weights.filter { names.contains($0.key) }
    }
}
