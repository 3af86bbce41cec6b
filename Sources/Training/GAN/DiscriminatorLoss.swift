import PinxitCLIPGAN
import PinxitTensors

/// What the discriminator minimises.
struct DiscriminatorLoss {
    private let players: GANPlayers
    private let settings: GANSettings
    private let optimisation: OptimisationSettings
    /// Sizes of the last penalties, which steps without any tell again.
    var lastPenalties: [String: Float] = ["discriminator/r1": 0, "discriminator/r2": 0]

    init(_ players: GANPlayers, _ settings: GANSettings, _ optimisation: OptimisationSettings) {
        self.players = players
        self.settings = settings
        self.optimisation = optimisation
    }

    /// The loss of a step's batch, with numbers worth a curve of their own.
    ///
    /// - Parameter fakes: The generator's pictures, `[batch, side, side, 3]`, off its tape.
    mutating func callAsFunction(step: Int, _ batch: GANBatch, fakes: Tensor) -> (
        loss: Tensor, scalars: [String: Float]
    ) {
        var random = SplitMix64(seed: optimisation.seed &+ 2, index: step)
        let both = settings.augmentations(
            concatenate([batch.pictures, fakes], axis: 0), DrawnRows(of: optimisation, times: 2),
            share: settings.augmentationShare, &random)
        let (real, fake, mismatched) = verdicts(both, batch)
        var loss = settings.loss.discriminator(
            real: real, fake: fake, mismatched: mismatched, weight: settings.mismatchWeight)
        let weight = penaltyWeight(step)
        if (step + 1) % settings.penaltyEvery == 0, weight > 0 {
            loss = loss + penalty(both, batch) * (weight * Float(settings.penaltyEvery))
        }
        let scalars = [
            "discriminator/real": real.mean().item, "discriminator/fake": fake.mean().item,
            "discriminator/mismatched": mismatched.mean().item,
        ]
        return (loss, scalars.merging(lastPenalties) { $1 })
    }

    /// The verdicts on real pictures, on fakes, and on real pictures with wrong texts.
    ///
    /// - Parameter both: The real pictures, then the fakes.
    private func verdicts(_ both: Tensor, _ batch: GANBatch) -> (
        real: Tensor, fake: Tensor, mismatched: Tensor
    ) {
        let seen = players.features(players.discriminator, both)
        // What is seen in a picture does not depend on the text, so the wrong texts cost next to
        // nothing.
        let verdicts = players.discriminator.verdict(
            concatenate([seen, seen.sliced(axis: 0, 0..<batch.count)], axis: 0),
            text: concatenate([batch.texts, batch.texts, batch.wrongTexts], axis: 0)
        ).chunked(3, axis: 0)
        return (verdicts[0], verdicts[1], verdicts[2])
    }

    /// Half of R1 on the real pictures plus half of R2 on the fakes, as far as gradients go.
    private mutating func penalty(_ both: Tensor, _ batch: GANBatch) -> Tensor {
        let (players, size) = (players, batch.count)
        func penalty(_ range: Range<Int>) -> GradientPenalty {
            GradientPenalty(
                at: both.sliced(axis: 0, range), distance: settings.penaltyDistance,
                frozen: { players.verdict(players.frozen, $0, text: batch.texts) },
                discriminator: {
                    players.verdict(
                        players.discriminator, $0,
                        text: concatenate([batch.texts, batch.texts], axis: 0))
                })
        }
        let (real, fake) = (penalty(0..<size), penalty(size..<2 * size))
        lastPenalties = ["discriminator/r1": real.value, "discriminator/r2": fake.value]
        return real.loss + fake.loss
    }

    /// γ at a step.
    private func penaltyWeight(_ step: Int) -> Float {
        halfCosine(
            from: settings.penalty, to: settings.penaltyEnd,
            at: Float(step) / Float(optimisation.steps))
    }
}
