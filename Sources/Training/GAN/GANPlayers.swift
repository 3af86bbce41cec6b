import PinxitCLIPGAN
import PinxitLayers
import PinxitTensors

// Legend: B batch.

/// The networks of a GAN run: a generator, who paints, and a discriminator, who judges.
struct GANPlayers {
    let generator: Generator
    /// Finds the noise of real pictures; nil if none is to be painted again.
    let encoder: NoiseEncoder?
    let discriminator: Discriminator
    /// The discriminator's weights without their tape, for whoever asks it without teaching it.
    let frozen: Discriminator
    let generatorStore: ParameterStore
    private let encoderStore: ParameterStore
    private let discriminatorStore: ParameterStore
    /// The type they compute in.
    private let precision: ElementType

    init(_ parts: GANParts, _ settings: GANSettings, _ optimisation: OptimisationSettings) {
        precision = optimisation.precision
        generatorStore = ParameterStore(seed: optimisation.seed)
        generator = Generator(generatorStore.root, parts.configuration)
        encoderStore = ParameterStore(seed: optimisation.seed)
        encoder =
            settings.reconstructionWeight > 0
            ? NoiseEncoder(encoderStore.root("noise_encoder"), parts.configuration) : nil
        discriminatorStore = ParameterStore(seed: optimisation.seed)
        discriminator = Discriminator(discriminatorStore.root, parts.discriminator)
        // The same storage: what the optimiser changes, both see.
        frozen = Discriminator(
            ParameterStore(checkpoint: discriminatorStore.weights).root, parts.discriminator)
    }

    /// The discriminator's, then those that learn with the generator.
    var parameters: [ParameterStore.Parameter] {
        discriminatorStore.parameters + generatorStore.parameters + encoderStore.parameters
    }

    /// Each step the discriminator learns before the generator.
    ///
    /// - Parameter generatorRate: The generator's learning rate in units of the discriminator's.
    func phases(generatorRate: Float) -> [TrainingPhase] {
        let (first, all) = (discriminatorStore.parameters.count, parameters.count)
        return [
            TrainingPhase(name: "discriminator", parameters: 0..<first),
            TrainingPhase(name: "generator", parameters: first..<all, rate: generatorRate),
        ]
    }

    /// What a discriminator sees in pictures `[…, side, side, 3]`, whatever their text.
    func features(_ discriminator: Discriminator, _ pictures: Tensor) -> Tensor {
        discriminator.features(pictures.cast(to: precision))
    }

    /// A discriminator's verdicts on pictures with their texts, `[B]`.
    func verdict(_ discriminator: Discriminator, _ pictures: Tensor, text: Tensor) -> Tensor {
        discriminator.verdict(features(discriminator, pictures), text: text)
    }

    /// The generator's pictures for a batch, on its tape.
    ///
    /// The first of them are from the noise that the encoder, if there is one, finds in the real
    /// pictures.
    func paint(_ batch: GANBatch) -> GANPainting {
        func pictures(_ noise: Tensor) -> Tensor {
            generator(noise: noise, text: batch.texts, type: precision)
        }
        let (size, found) = (batch.count, batch.found)
        guard let encoder, found > 0 else { return GANPainting(pictures: pictures(batch.noise)) }
        let (mean, logVariance) = encoder(
            batch.pictures.sliced(axis: 0, 0..<found),
            text: batch.texts.sliced(axis: 0, 0..<found))
        let drawn = batch.noise.sliced(axis: 0, 0..<found)
        let rest = batch.noise.sliced(axis: 0, found..<size)
        let noise = mean + (logVariance * 0.5).exp * drawn
        return GANPainting(
            pictures: pictures(concatenate([noise, rest], axis: 0)), found: found,
            divergence: divergenceLoss(mean: mean, logVariance: logVariance))
    }
}

/// The generator's pictures of a step, on its tape.
struct GANPainting {
    /// `[B, side, side, 3]`; the first of them from the noise that was found in the real ones.
    let pictures: Tensor
    /// How many those are.
    var found = 0
    /// How far the distributions of their noise are from a normal one; nil if there are none.
    var divergence: Tensor?
}
