import PinxitCheckpoints
import PinxitFiles

/// A network that holds paintings to pictures: any of the kinds there are.
package enum ControlNetwork: Sendable {
    case controlNet(ControlNet)
    case adapter(T2IAdapter)

    /// Loads one from a folder of diffusers' layout or a file, whichever it is.
    ///
    /// - Parameter model: The model it is for, whose sizes it must have.
    /// - Throws: `FileError` for a file that is wrong, of another kind, or for another family of
    ///   models.
    package static func load(
        _ path: String, for model: LatentDiffusion, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> ControlNetwork {
        _ = try model.unet(for: path)
        return try isAdapter(path)
            ? .adapter(try T2IAdapter.load(path, for: model, options))
            : .controlNet(try ControlNet.load(path, for: model, options))
    }

    private static func isAdapter(_ path: String) throws(FileError) -> Bool {
        guard fileSize(path) == nil else {
            return T2IAdapterFile.isNamed(try CheckpointFile(path: path).entries.keys)
        }
        return try Component(path: path).config["_class_name"].string(or: "") == "T2IAdapter"
    }

    /// What sides of pictures are multiples of.
    package var step: Int {
        switch self {
        case .controlNet(let net): net.configuration.scale
        case .adapter(let adapter): adapter.configuration.downscale
        }
    }

    /// Whether it is shown gray.
    package var takesGray: Bool {
        if case .adapter(let adapter) = self {
            adapter.configuration.pictureChannels == 1
        } else {
            false
        }
    }

    /// Gives back the memory of the packed weights; they are packed again when it is next used.
    package func forgetPackedWeights() {
        switch self {
        case .controlNet(let net): net.forgetPackedWeights()
        case .adapter(let adapter): adapter.forgetPackedWeights()
        }
    }
}

extension LatentDiffusion {
    /// The sizes of the U-Net that a network is to stand beside.
    ///
    /// - Parameter path: The network's.
    /// - Throws: `FileError` where there is neither.
    func unet(for path: String) throws(FileError) -> UNetConfiguration {
        guard let unet = denoiser as? UNet else {
            throw FileError(path: path, problem: "needs a model with a U-Net")
        }
        guard fileExists(path) else {
            throw FileError(
                path: path, problem: "is not there; a ControlNet's folder or file is accepted",
                access: .reading)
        }
        return unet.configuration
    }
}
