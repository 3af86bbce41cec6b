import PinxitLayers
import PinxitTensors

/// The project's own CLIP: a text and an image tower of its configuration, with projections into
/// one space.
///
/// Parameters: `text_model`, `vision_model`, `text_projection`, `visual_projection`, `logit_scale`,
/// `logit_bias`.
public struct PinxitCLIPModel: ContrastiveModel {
    public let configuration: PinxitCLIPConfiguration
    public let text: any TextTower
    public let image: any ImageTower
    let textProjection: Linear
    let visualProjection: Linear
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

    public var projectionSize: Int { configuration.projectionSize }
    public var pictureSize: Int { image.pictureSize }
    public var textConfiguration: CLIPTextConfiguration { configuration.text }
    public var preprocessing: PicturePreprocessing { PicturePreprocessing(side: pictureSize) }

    public func embed(ids: Tensor, type: ElementType) -> Tensor {
        let pooled = text.pooled(text.states(ids, type: type), ids: ids)
        return normalised(textProjection(pooled).cast(to: .f32))
    }

    public func embed(pictures: Tensor) -> Tensor {
        normalised(visualProjection(image(pictures)).cast(to: .f32))
    }

    public func states(ids: Tensor, type: ElementType) -> Tensor { text.states(ids, type: type) }
}
