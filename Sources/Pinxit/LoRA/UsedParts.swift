import PinxitFiles

/// The parts that took the place of a model's own, as a painted picture names them: enough to know
/// that without them it is another picture.
public struct UsedParts: Sendable, Hashable, Codable {
    /// The autoencoder it was decoded with.
    public let vae: String?
    /// The U-Net that denoised.
    public let unet: String?
    /// The model that took the last steps.
    public let refiner: String?
    /// The network that enlarged between two passes.
    public let upscaler: String?
    /// What held it to pictures, in order; nil for nothing.
    public let controlNets: [String]?
    /// What let it be like a picture; nil for nothing.
    public let adapter: String?

    /// Whether all of it was the model's own.
    package var isNothing: Bool {
        [vae, unet, refiner, upscaler, adapter].allSatisfy { $0 == nil } && controlNets == nil
    }

    /// Paths, of which the last part is kept.
    init(
        vae: String?, unet: String?, refiner: String?, upscaler: String?,
        controlNets: [String] = [], adapter: String? = nil
    ) {
        self.vae = vae?.lastPathPart
        self.unet = unet?.lastPathPart
        self.refiner = refiner?.lastPathPart
        self.upscaler = upscaler?.lastPathPart
        self.adapter = adapter?.lastPathPart
        self.controlNets = controlNets.isEmpty ? nil : controlNets.map(\.lastPathPart)
    }

    enum CodingKeys: String, CodingKey {
        case vae, unet, refiner, upscaler
        case controlNets = "controlnets"
        case adapter = "ip_adapter"
    }

    /// The model's own parts.
    public static let none = UsedParts(vae: nil, unet: nil, refiner: nil, upscaler: nil)
}
