import PinxitTensors

/// What every autoencoder of a latent diffusion model does, whatever its layers.
///
/// Pictures are `[batch, height, width, 3]` in [-1, 1]; latents
/// `[batch, height/f, width/f, channels]` as the encoder makes them, before ``scaled(_:)``.
public protocol LatentAutoencoder: Sendable {
    /// What latents are multiplied by before the diffusion model sees them.
    var scalingFactor: Float { get }
    /// What latents are normed with before; nil for nothing.
    var latentStatistics: LatentStatistics? { get }
    /// Channels of the latents.
    var latentChannels: Int { get }
    /// Channels of the pictures it takes; 3 for RGB.
    var inChannels: Int { get }
    /// Channels of the pictures it gives; 3 for RGB.
    var pictureChannels: Int { get }
    /// Pixels that a latent stands for, in each direction.
    var downscale: Int { get }
    /// The distribution of the latents of pictures.
    ///
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    func posterior(_ pictures: Tensor) throws(CancellationError) -> LatentPosterior
    /// The same, holding at most about so many bytes of feature maps at once where the layers allow
    /// it.
    func posterior(
        _ pictures: Tensor, holding bytes: Int
    ) throws(CancellationError) -> LatentPosterior
    /// Pictures from latents.
    ///
    /// - Throws: `CancellationError` between layers, once the task is cancelled.
    func decode(_ latents: Tensor) throws(CancellationError) -> Tensor
    /// The same, holding at most about so many bytes of feature maps at once where the layers allow
    /// it.
    func decode(_ latents: Tensor, holding bytes: Int) throws(CancellationError) -> Tensor
}

extension LatentAutoencoder {
    /// For autoencoders whose layers allow no less: the limit is not heeded.
    public func posterior(
        _ pictures: Tensor, holding bytes: Int
    ) throws(CancellationError) -> LatentPosterior { try posterior(pictures) }

    /// For autoencoders whose layers allow no less: the limit is not heeded.
    public func decode(
        _ latents: Tensor, holding bytes: Int
    ) throws(CancellationError) -> Tensor { try decode(latents) }
}

/// A normal distribution for each latent; without a variance, the latent itself.
public struct LatentPosterior: Sendable {
    /// The middle of the distribution, of the latents' shape.
    public let mean: Tensor
    /// The logarithm of the variance, or nil for an autoencoder without one.
    public let logVariance: Tensor?

    /// - Parameter logVariance: Of the mean's shape, or nil.
    public init(mean: Tensor, logVariance: Tensor?) {
        self.mean = mean
        self.logVariance = logVariance
    }

    /// The same off its tape: what is made of it teaches the encoder nothing.
    public var detached: LatentPosterior {
        LatentPosterior(mean: mean.detached, logVariance: logVariance?.detached)
    }

    /// One latent for each: the mean, and where there is a variance so much of noise.
    ///
    /// - Parameter drawing: Draws standard normal noise of the latents' shape.
    public func sampled(drawing: () throws -> Tensor) rethrows -> Tensor {
        guard let logVariance else { return mean }
        return mean + (logVariance * 0.5).exp * (try drawing())
    }
}

extension AutoencoderTiny: LatentAutoencoder {
    /// The configuration's; see ``LatentAutoencoder/scalingFactor``.
    public var scalingFactor: Float { configuration.scalingFactor }
    /// The configuration's.
    public var latentChannels: Int { configuration.latentChannels }
    /// The configuration's.
    public var inChannels: Int { configuration.inChannels }
    /// The configuration's `outChannels`.
    public var pictureChannels: Int { configuration.outChannels }
    /// 2 to the power of the levels less one: 8 for TAESD.
    public var downscale: Int { 1 << (configuration.encoderBlockOutChannels.count - 1) }

    /// The latents themselves: this autoencoder has no variance.
    public func posterior(_ pictures: Tensor) throws(CancellationError) -> LatentPosterior {
        LatentPosterior(mean: try encode(pictures), logVariance: nil)
    }
}
