import PinxitTensors

/// What every autoencoder of a latent diffusion model does, whatever its layers.
///
/// Pictures are `[batch, height, width, 3]` in [-1, 1]; latents
/// `[batch, height/f, width/f, channels]` as the encoder makes them, before ``scalingFactor``.
public protocol LatentAutoencoder: Sendable {
    /// What latents are multiplied by before the diffusion model sees them.
    var scalingFactor: Float { get }
    var latentChannels: Int { get }
    /// Channels of the pictures it gives; 3 for RGB.
    var pictureChannels: Int { get }
    /// Pixels that a latent stands for, in each direction.
    var downscale: Int { get }
    /// The distribution of the latents of pictures.
    func posterior(_ pictures: Tensor) -> LatentPosterior
    /// Pictures from latents.
    ///
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    func decode(_ latents: Tensor) throws(CancellationError) -> Tensor
    /// The same, holding at most about so many bytes of feature maps at once where the layers allow
    /// it.
    func decode(_ latents: Tensor, holding bytes: Int) throws(CancellationError) -> Tensor
}

extension LatentAutoencoder {
    public func decode(
        _ latents: Tensor, holding bytes: Int
    ) throws(CancellationError) -> Tensor { try decode(latents) }
}

/// A normal distribution for each latent; without a variance, the latent itself.
public struct LatentPosterior: Sendable {
    public let mean: Tensor
    /// The logarithm of the variance, or nil for an autoencoder without one.
    public let logVariance: Tensor?

    public init(mean: Tensor, logVariance: Tensor?) {
        self.mean = mean
        self.logVariance = logVariance
    }
}

extension AutoencoderTiny: LatentAutoencoder {
    public var scalingFactor: Float { configuration.scalingFactor }
    public var latentChannels: Int { configuration.latentChannels }
    public var pictureChannels: Int { configuration.outChannels }
    public var downscale: Int { 1 << (configuration.encoderBlockOutChannels.count - 1) }

    public func posterior(_ pictures: Tensor) -> LatentPosterior {
        LatentPosterior(mean: encode(pictures), logVariance: nil)
    }
}
