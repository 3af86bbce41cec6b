/// How a model is loaded, to load it again.
struct PainterSetup {
    /// Whether weights stay in their files.
    var isStreamed = false
    /// Whether what of a LoRA meets no weight is noted, not refused.
    var allowsPartialLoRAs = false
    var replacements = Replacements()
}

/// What takes the place of a model's own parts, or stands beside them: for latent diffusion only.
struct Replacements {
    /// The folder or file of another autoencoder to decode with.
    var decoder: String?
    /// The folder or file of another U-Net.
    var unet: String?
    /// The folder or file of a model that takes the last steps.
    var refiner: String?
    /// The file of a model that enlarges pictures between two passes.
    var upscaler: String?
    /// The folders or files of networks that hold paintings to pictures; beside the model's parts.
    var controlNets: [String] = []
    /// The files of what takes pictures as prompts.
    var imagePrompts: ImagePromptParts?

    /// The first of them, by the name of requests' fields; nil for none.
    var firstField: String? {
        let parts = [
            ("decoder", decoder), ("unet", unet), ("refiner", refiner), ("upscaler", upscaler),
            ("controls", controlNets.first), ("image prompt", imagePrompts?.adapter),
        ]
        return parts.first { $0.1 != nil }?.0
    }

    /// As a picture names them.
    ///
    /// - Parameter upscales: Whether the upscaler had a part in it.
    func used(upscales: Bool) -> UsedParts {
        UsedParts(
            vae: decoder, unet: unet, refiner: refiner, upscaler: upscales ? upscaler : nil,
            controlNets: controlNets, adapter: imagePrompts?.adapter)
    }
}
