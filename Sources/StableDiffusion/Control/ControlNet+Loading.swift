import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

extension ControlNet {
    /// Loads a ControlNet from a folder of diffusers' layout or a file.
    ///
    /// - Parameter model: The model it is for, whose sizes it must have.
    /// - Throws: `FileError` for a file that is wrong, of another kind, or for another family of
    ///   models.
    package static func load(
        _ path: String, for model: LatentDiffusion, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> ControlNet {
        let unet = try model.unet(for: path)
        let (configuration, component) = try opened(path, for: unet)
        try configuration.check(for: unet, model, path: path)
        return try component.model(options, isQuantisable: UNet.isQuantisable) {
            ControlNet($0, configuration)
        }
    }

    private static func opened(
        _ path: String, for unet: UNetConfiguration
    ) throws(FileError) -> (ControlNetConfiguration, Component) {
        if fileSize(path) != nil { return try ControlNetFile(path).component(for: unet) }
        let component = try Component(path: path)
        return (try ControlNetConfiguration(component.config), component)
    }
}

extension ControlNetConfiguration {
    /// Everything a forward pass beside the model's U-Net needs.
    fileprivate func check(
        for unet: UNetConfiguration, _ model: LatentDiffusion, path: String
    ) throws(FileError) {
        guard encoder.crossAttentionWidth == unet.crossAttentionWidth else {
            throw FileError(
                path: path,
                problem: contextMisfit(
                    "ControlNet", own: encoder.crossAttentionWidth, model: unet.crossAttentionWidth)
            )
        }
        let fit = PartsFit(folder: path)
        try fit.equal(
            "channels the ControlNet takes", encoder.inChannels, "latent channels",
            model.latentChannels)
        try fit.equal(
            "features the ControlNet takes beside the text", encoder.addedWidth, "U-Net's",
            unet.addedWidth)
        try fit.equal(
            "features of each size the ControlNet takes", encoder.textTime?.timeWidth ?? 0,
            "U-Net's", unet.textTime?.timeWidth ?? 0)
        try fit.equal(
            "pixels a latent of the ControlNet", scale, "model's", model.scale)
        try fit.equal("channels of the ControlNet's pictures", pictureChannels, "colours", 3)
        let own = ControlNetConfiguration(encoder: unet)
        guard mapWidths == own.mapWidths else {
            throw FileError(
                path: path,
                problem: "is a ControlNet for maps of \(mapWidths.list) channels; the U-Net has "
                    + "\(own.mapWidths.list)")
        }
    }
}

extension UNetConfiguration {
    fileprivate var addedWidth: Int { textTime?.inputWidth ?? classEmbeddingWidth ?? 0 }
}

extension [Int] {
    /// In words.
    var list: String { map(String.init).joined(separator: ", ") }
}
