import PinxitLayers
import PinxitTensors

/// The project's own CLIP: a text and an image tower of its configuration, with projections into
/// one space.
///
/// Parameters: `text_model`, `vision_model`, `text_projection`, `visual_projection`, `logit_scale`,
/// `logit_bias`.
public struct PinxitCLIPModel: ContrastiveModel {
    /// The sizes it was made with.
    public let configuration: PinxitCLIPConfiguration
    /// Texts to one state each, without the projection.
    public let text: any TextTower
    /// Pictures to one state each, without the projection.
    public let image: any ImageTower
    let textProjection: Linear
    let visualProjection: Linear
    /// The logarithm of what similarities are multiplied by, `[1]`; a new model starts at ln(1 /
    /// 0.07).
    public let logScale: Tensor
    /// What the sigmoid loss adds to every logit, one element.
    public let bias: Tensor

    /// - Parameter initialBias: Where the bias of a new model starts.
    public init(_ w: Weights, _ c: PinxitCLIPConfiguration, initialBias: Float = 0) {
        configuration = c
        text = c.textTower(w("text_model"))
        image = c.imageTower(w("vision_model"))
        textProjection = Linear(
            w("text_projection"), c.text.hiddenSize, c.projectionSize, bias: false)
        visualProjection = Linear(
            w("visual_projection"), image.width, c.projectionSize, bias: false)
        logScale = w.parameter("logit_scale", [1], .constant(2.6592))  // ln(1 / 0.07)
        bias = w.parameter("logit_bias", [1], .constant(initialBias))
    }

    /// Features of both projections.
    public var projectionSize: Int { configuration.projectionSize }
    /// The side the image tower takes, in pixels.
    public var pictureSize: Int { image.pictureSize }
    /// The sizes of the text tower.
    public var textConfiguration: CLIPTextConfiguration { configuration.text }
    /// Resized and cropped, with values left in [-1, 1].
    public var preprocessing: PicturePreprocessing { PicturePreprocessing(side: pictureSize) }

    /// Texts `[batch, tokens]` to `[batch, projection]` in f32, rows of length one.
    public func embed(ids: Tensor, type: ElementType) -> Tensor {
        let pooled = text.pooled(text.states(ids, type: type), ids: ids)
        return normalised(textProjection(pooled).cast(to: .f32))
    }

    /// Pictures `[batch, side, side, 3]` in [-1, 1] to `[batch, projection]` in f32, rows of length
    /// one.
    public func embed(pictures: Tensor) -> Tensor {
        normalised(visualProjection(image(pictures)).cast(to: .f32))
    }

    /// The text tower's states, `[batch, tokens, hidden]` in `type`.
    public func states(ids: Tensor, type: ElementType) -> Tensor { text.states(ids, type: type) }
}
