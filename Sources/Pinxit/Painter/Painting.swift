import PinxitImages
import PinxitTensors

/// What a request led to.
public struct Painting: Sendable {
    /// In their order.
    public let pictures: [PaintedPicture]
    /// What there is to say of all of them.
    public let summary: PaintSummary

    /// The request with everything filled in that it had left open.
    public var request: ResolvedRequest { summary.request }
    /// Seconds of each stage, over all pictures.
    public var times: PaintTimes { summary.times }
    /// What the user should know, such as words that did not fit the text encoder.
    public var warnings: [String] { summary.warnings }
}

/// One picture and what it was made from.
public struct PaintedPicture: Sendable {
    /// RGB.
    public let picture: Picture
    /// Its place among the request's pictures, from 1.
    public let number: Int
    /// The request that paints this picture alone; of a frame on the way between prompts, the
    /// request for the whole way.
    public let request: ResolvedRequest
    /// The name of the model that painted it.
    public let model: String
    /// What lay between, if asked for.
    public let tensors: PaintTensors?
    /// Why it came out as it did, if asked for.
    public let explanation: PictureExplanation?

    /// What decided the noise; the same seed paints it again.
    public var seed: UInt32 { request.seed }
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
