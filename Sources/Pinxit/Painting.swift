import PinxitImages
import PinxitTensors

/// What a request led to.
public struct Painting: Sendable {
    /// The request with everything filled in that it had left open.
    public let request: PaintRequest
    public let pictures: [PaintedPicture]
    public let times: PaintTimes
    /// What the user should know, such as words that did not fit the text encoder.
    public let warnings: [String]
}

/// One picture and what it was made from.
public struct PaintedPicture: Sendable {
    public let picture: Picture
    public let seed: UInt32
    /// What lay between, if asked for.
    public let tensors: PaintTensors?
}

/// The stages of a picture, channels first as PyTorch has them, in f32.
public struct PaintTensors: Sendable {
    /// Standard normal noise, before a sampler scales it: `[1, channels, height, width]`, as
    /// diffusers takes it for `latents`.
    public let noise: Tensor
    /// The sampler's result, as diffusers returns it with `output_type="latent"`: `[1, channels,
    /// height, width]`.
    public let latents: Tensor
    /// The decoded picture in [-1, 1]: `[1, 3, height, width]`.
    public let image: Tensor
}

/// Seconds spent, over all pictures of a request.
public struct PaintTimes: Sendable {
    public var text = 0.0
    public var sampling = 0.0
    public var decoding = 0.0

    /// Runs `body` and adds the time it took to a stage's.
    mutating func measure<Result>(
        _ stage: WritableKeyPath<PaintTimes, Double>, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        self[keyPath: stage] += (ContinuousClock.now - start) / .seconds(1)
        return result
    }
}

/// What is told while painting.
public enum PaintProgress: Sendable {
    /// A step of a picture is done; pictures and steps count from 1.
    case step(Int, of: Int, picture: Int, count: Int)
    /// What a picture looks like so far: the model's guess after a step; asked for by `previewInterval`.
    case preview(Picture, step: Int, of: Int, index: Int, seed: UInt32)
    /// A picture is finished.
    case painted(PaintedPicture, index: Int)
}
