import PinxitFiles

/// What the recipes of all stages say that teach a finished model something.
struct FineTuningSettings {
    /// Pictures whose latents are kept.
    var pictures: Int
    var captionDropout: Float
    /// Of flows: the mean of the times' logits.
    var timeMean: Float
    /// Hang et al. 2023; 0 for none.
    var minSNR: Float
    /// Noise that is the same for all of a channel, beside the usual; 0 for none.
    var offsetNoise: Float
    /// DreamBooth's prior pictures; nil for none.
    var prior: Prior?
    /// Whether layers are computed again for their gradients, which takes less memory.
    var recomputes: Bool

    /// Pictures of other things of the kind, which keep the model as it is.
    struct Prior {
        let folder: String
        /// Weight of their loss.
        let weight: Float

        /// Nil where the recipe names none.
        init?(_ s: SettingsReader) throws {
            folder = try s.string(
                "prior_pictures", or: "",
                "DreamBooth: a folder of pictures of other things of the kind, each step as many of "
                    + "which keep the model as it is; empty for none.")
            weight = try s.float(
                "prior_weight", or: 1, in: .notNegative,
                "Weight of the loss of the prior pictures.")
            if folder.isEmpty { return nil }
        }
    }

    init(_ s: SettingsReader) throws {
        pictures = try s.pictures(or: 10_000, kept: "latents")
        captionDropout = try s.captionDropout(or: 0)
        timeMean = try s.timeMean()
        minSNR = try s.float(
            "min_snr", or: 0, in: .notNegative,
            "Gamma of the min-SNR weights of the loss (Hang et al. 2023), usually 5; 0 for none. Not "
                + "for flows.")
        offsetNoise = try s.float(
            "offset_noise", or: 0, in: .notNegative,
            "Deviation of noise that is the same for all of a channel, usually 0.05, so that pictures "
                + "may become lighter and darker; 0 for none.")
        recomputes = try s.bool(
            "recompute", or: false,
            "Whether what is computed within the U-Net's layers is forgotten and computed again for "
                + "its gradient: less memory, and a third more time.")
    }
}
