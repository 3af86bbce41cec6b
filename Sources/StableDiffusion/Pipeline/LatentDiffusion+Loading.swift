import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers

extension LatentDiffusion {
    /// Loads a folder in the diffusers layout: `tokenizer`, `text_encoder`, `unet`, `vae` and
    /// `scheduler`.
    ///
    /// - Parameters:
    ///   - decoder: The folder of another autoencoder to decode with, such as a tiny one.
    ///   - addedWidth: Features that the denoiser must take beside the text; nil for none.
    /// - Throws: `FileError` for a file that is wrong, or files that do not fit together.
    package init(
        folder: String, _ options: LoadOptions = LoadOptions(), decoder: String? = nil,
        addedWidth: Int? = nil
    ) throws {
        let scheduler = try SchedulerConfiguration(
            file: folder.path("scheduler/scheduler_config.json"),
            className: try Self.schedulerClass(folder: folder)
        ).forStableDiffusion
        // A large text encoder runs once a picture: keeping a second copy of it would not pay.
        let encoder = folder.path("text_encoder")
        let encoderFile = try Component(path: encoder).weightsPath(variant: options.variant)
        let isLarge = (fileSize(encoderFile) ?? 0) > 128 << 20
        let text = try CLIPTextConditioner(
            folder: encoder, tokenizer: folder.path("tokenizer"),
            isLarge ? options.streamed : options)
        let unet = try UNet.load(folder: folder.path("unet"), options)
        var autoencoder = try loadAutoencoder(folder: folder.path("vae"), options)
        if let decoder {
            let other = try loadAutoencoder(folder: decoder, options)
            try other.check(insteadOf: autoencoder, folder: decoder)
            autoencoder = other
        }
        self.init(
            text: text, denoiser: unet, autoencoder: autoencoder, scheduler: scheduler,
            isStreamed: options.isStreamed)
        try check(folder: folder, addedWidth: addedWidth)
    }

    /// The class that `model_index.json` names, as in `["diffusers", "DDIMScheduler"]`.
    private static func schedulerClass(folder: String) throws(FileError) -> String? {
        let index = folder.path("model_index.json")
        guard fileExists(index) else { return nil }
        let entry = try JSONFile.read(index)["scheduler"]
        guard entry.exists, let name = try entry.array().last, name.exists else { return nil }
        return try name.string()
    }

    /// Every precondition of a forward pass that one part has of another.
    private func check(folder: String, addedWidth: Int?) throws(FileError) {
        let fit = PartsFit(folder: folder)
        try fit.equal(
            "features the U-Net attends to", denoiser.textWidth,
            "features of the text encoder", text.stateWidth)
        try fit.equal(
            "channels the U-Net takes", denoiser.inChannels,
            "latent channels of the autoencoder", latentChannels)
        try fit.equal(
            "channels the U-Net gives", denoiser.outChannels,
            "channels the U-Net takes", denoiser.inChannels)
        try fit.equal(
            "features the U-Net takes beside the text", denoiser.addedWidth ?? 0,
            "features that this kind of model gives it", addedWidth ?? 0)
        try fit.equal(
            "channels of the autoencoder's pictures", autoencoder.pictureChannels,
            "channels of a picture", 3)
    }
}

extension LatentAutoencoder {
    /// Another decoder must take the same latents to pictures of the same size.
    fileprivate func check(
        insteadOf own: any LatentAutoencoder, folder: String
    ) throws(FileError) {
        let fit = PartsFit(folder: folder)
        try fit.equal(
            "latent channels", latentChannels, "model's own autoencoder's", own.latentChannels)
        try fit.equal("pixels a latent", downscale, "model's own autoencoder's", own.downscale)
    }
}
