import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

/// Both towers of CLIP with their projections into one space (Radford et al. 2021), transformers'
/// `CLIPModel`.
public struct CLIPModel: Sendable {
    /// Texts to states, without the projection.
    public let text: CLIPTextModel
    /// Pictures to states, without the projection.
    public let vision: CLIPVisionModel
    let textProjection: Linear
    let visualProjection: Linear
    /// How pictures of any size become what the image tower takes.
    public let preprocessing: PicturePreprocessing
    /// The logarithm of what similarities are multiplied by, a scalar.
    public let logScale: Tensor

    /// - Parameter preprocessing: How pictures are prepared; OpenAI's way by default.
    public init(
        _ w: Weights, text: CLIPTextConfiguration, vision: CLIPVisionConfiguration,
        projectionSize: Int, preprocessing: PicturePreprocessing? = nil
    ) {
        self.text = CLIPTextModel(w("text_model"), text)
        self.vision = CLIPVisionModel(w("vision_model"), vision)
        textProjection = Linear(w("text_projection"), text.hiddenSize, projectionSize, bias: false)
        visualProjection = Linear(
            w("visual_projection"), vision.hiddenSize, projectionSize, bias: false)
        self.preprocessing = preprocessing ?? .openAI(side: vision.imageSize)
        logScale = w.parameter("logit_scale", [], .constant(2.6592))  // ln(1 / 0.07)
    }

    /// The places of texts `[batch, tokens]`: `[batch, projection]` in f32, rows of length one.
    public func embed(ids: Tensor, type: ElementType = .f32) -> Tensor {
        let pooled = text.pooled(text(ids, type: type).last, ids: ids)
        return normalised(textProjection(pooled).cast(to: .f32))
    }

    /// The places of pictures with mean and deviation removed, as ``CLIPVisionModel`` takes them:
    /// `[batch, projection]` in f32, rows of length one.
    public func embed(pixels: Tensor) -> Tensor {
        normalised(visualProjection(vision(pixels).pooled).cast(to: .f32))
    }

    /// Similarities of every picture with every text, scaled: `[pictures, texts]`.
    public func logits(pictures: Tensor, texts: Tensor) -> Tensor {
        matmul(pictures, texts, transposeB: true) * logScale.exp
    }

    /// Loads a folder with `config.json`, `model.safetensors` and perhaps
    /// `preprocessor_config.json`, as transformers writes it.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> CLIPModel {
        let component = try Component(path: folder)
        for name in ["text_config", "vision_config"] { _ = try component.config[name].members() }
        let text = try CLIPTextConfiguration(component.config["text_config"])
        let vision = try CLIPVisionConfiguration(component.config["vision_config"])
        let projection = try component.config["projection_dim"].size(or: 512)
        let preprocessing = try PicturePreprocessing(
            transformersFolder: folder, side: vision.imageSize)
        return try component.model(
            options, isIgnored: { $0.hasSuffix("position_ids") },
            build: {
                CLIPModel(
                    $0, text: text, vision: vision, projectionSize: projection,
                    preprocessing: preprocessing)
            })
    }
}
