import PinxitTensors

/// What the two players of a GAN minimise. Verdicts are `[batch]` in f32, large for what looks
/// real.
enum AdversarialLoss: String, CaseIterable {
    /// Goodfellow et al. 2014, equation 1, as articles quote it: the generator minimises
    /// log(1 - D(fake)), whose gradient vanishes exactly when the discriminator is sure, that is at
    /// the beginning.
    case minimax
    /// The same paper's remedy: the generator maximises log D(fake).
    case nonSaturating = "non-saturating"
    /// Lim & Ye 2017.
    case hinge
    /// Every fake against the real picture of the same text (Jolicoeur-Martineau 2018): with both
    /// gradient penalties it is R3GAN (Huang et al. 2024), which does not drop modes as the others
    /// do.
    case relativistic

    /// - Parameters:
    ///   - mismatched: Verdicts on real pictures with the text of another (Reed et al. 2016), so
    ///     that the text matters.
    ///   - weight: Of the mismatched, against 1 for the fakes.
    func discriminator(real: Tensor, fake: Tensor, mismatched: Tensor, weight: Float) -> Tensor {
        switch self {
        case .relativistic:
            return softplus(fake - real).mean() + softplus(mismatched - real).mean() * weight
        case .minimax, .nonSaturating:
            return softplus(-real).mean()
                + (softplus(fake).mean() + softplus(mismatched).mean() * weight) / (1 + weight)
        case .hinge:
            return (-real + 1).relu.mean()
                + ((fake + 1).relu.mean() + (mismatched + 1).relu.mean() * weight) / (1 + weight)
        }
    }

    /// - Parameter real: Verdicts on the real pictures of the same texts, asked for only where they
    ///   matter.
    func generator(fake: Tensor, real: () -> Tensor) -> Tensor {
        switch self {
        case .minimax: -softplus(fake).mean()
        case .nonSaturating: softplus(-fake).mean()
        case .hinge: -fake.mean()
        case .relativistic: softplus(real() - fake).mean()
        }
    }
}
