import PinxitCLIP
import PinxitCLIPGAN
import PinxitTensors

/// What the generator minimises: the discriminator's doubts, what is wrong with the pictures it
/// was to paint again, and what CLIP does not see of the text.
struct GeneratorLoss {
    private let players: GANPlayers
    private let settings: GANSettings
    private let optimisation: OptimisationSettings
    private let clip: CLIP

    init(
        _ players: GANPlayers, _ settings: GANSettings, _ optimisation: OptimisationSettings,
        _ clip: CLIP
    ) {
        self.players = players
        self.settings = settings
        self.optimisation = optimisation
        self.clip = clip
    }

    /// The loss of a step's batch, with numbers worth a curve of their own.
    func callAsFunction(step: Int, _ batch: GANBatch, _ painting: GANPainting) -> (
        loss: Tensor, scalars: [String: Float]
    ) {
        let pictures = painting.pictures
        var random = SplitMix64(seed: optimisation.seed &+ 3, index: step)
        func verdict(_ pictures: Tensor) -> Tensor {
            let x = settings.augmentations(
                pictures, DrawnRows(of: optimisation), share: settings.augmentationShare, &random)
            return players.verdict(players.frozen, x, text: batch.texts)
        }
        let fake = verdict(pictures)
        var loss = settings.loss.generator(fake: fake) { verdict(batch.pictures) }
        var scalars: [String: Float] = [:]
        if let again = reconstruction(painting, batch) {
            if let more = again.loss { loss = loss + more }
            scalars = again.scalars
        }
        guard settings.similarityWeight > 0 else { return (loss, scalars) }
        let seen = clip.model.embed(pictures: pictures.cast(to: optimisation.precision))
        let similarity = (seen * batch.texts).sum() * (1 / Float(optimisation.rowCount))
        scalars["generator/clip_similarity"] = similarity.item
        return (loss - similarity * settings.similarityWeight, scalars)
    }

    /// What is wrong with the pictures that were to be painted again; nil if there were none, and
    /// without a loss if this rank had none.
    private func reconstruction(
        _ painting: GANPainting, _ batch: GANBatch
    ) -> (loss: Tensor?, scalars: [String: Float])? {
        guard players.encoder != nil, let weight = batch.foundWeight else { return nil }
        guard let divergence = painting.divergence else {
            return (nil, ["generator/reconstruction": 0, "generator/divergence": 0])
        }
        let rows = 0..<painting.found
        let difference = reconstructionLoss(
            painting.pictures.sliced(axis: 0, rows), batch.pictures.sliced(axis: 0, rows))
        let summed = divergence * Float(players.generator.configuration.noiseSize)
        let loss =
            difference * (settings.reconstructionWeight * weight)
            + summed * (settings.divergenceWeight * weight)
        return (
            loss,
            [
                "generator/reconstruction": difference.item * weight,
                "generator/divergence": summed.item * weight,
            ]
        )
    }
}
