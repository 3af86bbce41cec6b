/// The kinds of painters that requests are made for: models of one family have the same options.
public enum ModelFamily: String, Sendable, CaseIterable, Codable {
    /// Latent diffusion: denoises step by step.
    case diffusion
    /// DALL·E: draws tokens one after the other.
    case tokens
    /// A GAN: paints in one pass.
    case gan

    /// What it is called in messages.
    var title: String {
        switch self {
        case .diffusion: "latent diffusion"
        case .tokens: "DALL·E"
        case .gan: "a GAN, which paints in one pass,"
        }
    }
}
