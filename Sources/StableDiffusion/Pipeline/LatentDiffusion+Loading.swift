import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTokenizers

extension LatentDiffusion {
    /// Loads a model from a folder in the diffusers layout or wherever its parts are.
    ///
    /// - Parameters:
    ///   - decoder: The folder or file of another autoencoder to decode with, such as a tiny one.
    ///   - unet: The folder or file of another U-Net to denoise with, such as a distilled one.
    ///   - addedWidth: Features that this kind of model gives the denoiser beside the text; nil for
    ///     none, or for those of the text encoder itself.
    /// - Throws: `FileError` for a file that is wrong, or files that do not fit together.
    package init(
        _ source: any LatentDiffusionSource, _ options: LoadOptions = LoadOptions(),
        decoder: String? = nil, unet other: String? = nil, addedWidth: Int? = nil
    ) throws {
        var scheduler = try source.scheduler()
        if let other { try scheduler.follow(unet: other) }
        let own = try source.component("unet")
        let unet = try UNet.load(
            try other.map { try Component(unet: $0, insteadOf: own) } ?? own, options)
        let isXL = unet.configuration.textTime != nil
        // Pipelines of SDXL leave the file's offset as it is.
        if !isXL { scheduler = scheduler.forStableDiffusion }
        scheduler.isForXL = isXL
        scheduler.entersWhole = unet.isToldGuidance
        let text = try Self.text(source, isXL: isXL, options)
        let ownAutoencoder = try source.component("vae")
        var autoencoder = try loadAutoencoder(ownAutoencoder, options)
        if let decoder {
            let other = try loadAutoencoder(
                try Component(autoencoder: decoder, insteadOf: ownAutoencoder, isXL: isXL),
                options)
            try other.check(insteadOf: autoencoder, folder: decoder)
            autoencoder = other
        }
        self.init(
            text: text, denoiser: unet, autoencoder: autoencoder, scheduler: scheduler,
            isStreamed: options.isStreamed)
        forcesZeros = try isXL && source.forcesZerosForEmptyPrompt()
        scalesPicture = try isXL && source.scalesPicture()
        try check(folder: source.path, addedWidth: addedWidth)
    }

    /// What conditions a model on texts, without the rest of it.
    ///
    /// - Throws: `FileError` for a file that is wrong.
    package static func text(
        of source: any LatentDiffusionSource
    ) throws -> any TextConditioner {
        let unet = try UNetConfiguration(source.component("unet").config)
        return try text(source, isXL: unet.textTime != nil, LoadOptions())
    }

    /// One text encoder, or as in SDXL one or two of which the last gives the pooled vector.
    private static func text(
        _ source: any LatentDiffusionSource, isXL: Bool, _ options: LoadOptions
    ) throws -> any TextConditioner {
        let names = isXL ? ["", "_2"].filter { source.has("text_encoder\($0)") } : [""]
        var parts: [CLIPTextConditioner] = []
        for name in names {
            let component = try source.component("text_encoder\(name)")
            // A large text encoder runs once a picture: keeping a second copy would not pay.
            let isLarge = try component.byteCount(variant: options.variant) > 128 << 20
            parts.append(
                try CLIPTextConditioner(
                    component, tokenizer: try source.tokenizer("tokenizer\(name)"),
                    of: source.path, isProjected: isXL && name == names.last,
                    layer: isXL ? .penultimate : .last, isLarge ? options.streamed : options))
        }
        guard let first = parts.first else {
            throw FileError(
                path: source.path, problem: "has no text encoder; text_encoder_2 is needed")
        }
        let length = first.tokenizer.modelMaxLength
        for part in parts {
            try PartsFit(folder: source.path).equal(
                "tokens of the second tokenizer", part.tokenizer.modelMaxLength,
                "first tokenizer's", length)
        }
        return parts.count == 1 ? first : JoinedTextConditioner(parts)
    }

    /// Every precondition of a forward pass that one part has of another.
    private func check(folder: String, addedWidth: Int?) throws(FileError) {
        let fit = PartsFit(folder: folder)
        try fit.equal(
            "features the U-Net attends to", denoiser.textWidth,
            "features of the text encoder", text.stateWidth)
        if addedWidth == nil {
            try fit.oneOf(
                "channels the U-Net takes", denoiser.inChannels,
                [latentChannels, 2 * latentChannels, 2 * latentChannels + 1],
                "the latent channels alone, with a picture, or with a mask and a picture")
        } else {
            try fit.equal(
                "channels the U-Net takes", denoiser.inChannels,
                "latent channels of the autoencoder", latentChannels)
        }
        try fit.equal(
            "channels the U-Net gives", denoiser.outChannels,
            "latent channels of the autoencoder", latentChannels)
        if let width = denoiser.numberWidth {
            let pooled = text.pooledWidth ?? 0
            try fit.oneOf(
                "features the U-Net takes beside the text", denoiser.addedWidth ?? 0,
                MicroConditions.counts.map { pooled + $0 * width },
                "the text's pooled vector and 5 or 6 numbers")
        } else {
            try fit.equal(
                "features the U-Net takes beside the text", denoiser.addedWidth ?? 0,
                "features that this kind of model gives it", addedWidth ?? 0)
        }
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

extension SchedulerConfiguration {
    /// Takes over what the file of another U-Net says that it predicts, if it says so.
    fileprivate mutating func follow(unet path: String) throws(FileError) {
        guard fileSize(path) != nil else { return }
        let file = try SingleFile(path)
        guard file.saysPrediction, !file.isEDM else { return }
        let its = file.scheduler()
        prediction = its.prediction
        rescaleBetasZeroSNR = its.rescaleBetasZeroSNR
        if edm != its.edm { (edm, sampler) = (its.edm, its.sampler) }
        if rescaleBetasZeroSNR, sampler == .pndm { sampler = .ddim }
    }
}
