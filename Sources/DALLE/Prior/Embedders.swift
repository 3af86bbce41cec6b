import PinxitCLIP
import PinxitCheckpoints
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// The text side of the CLIP behind an unCLIP model, on the scale its prior knows.
public protocol TextEmbedder: Sendable {
    /// Features of an embedding.
    var features: Int { get }

    /// Features of the states behind them.
    var stateWidth: Int { get }
    /// Tokens of a text at most.
    var mostTokens: Int { get }

    /// Embeddings of texts with the states behind them.
    func embed(texts: [String], type: ElementType) -> EmbeddedTexts
}

/// The picture side of the CLIP behind an unCLIP model, on the scale its decoder knows.
public protocol PictureEmbedder: Sendable {
    /// Features of an embedding.
    var features: Int { get }

    /// `[pictures, features]` in f32.
    func embed(pictures: [Picture], type: ElementType) -> Tensor
}

/// The project's own CLIP. What has length one is scaled to √features, so that features are about
/// one in size, as they are in the public unCLIP models.
public struct ScaledCLIP: TextEmbedder, PictureEmbedder {
    /// The model whose embeddings are scaled.
    public let clip: CLIP

    /// Nothing of the model changes; its embeddings are scaled as they come out.
    public init(_ clip: CLIP) { self.clip = clip }

    /// Features of CLIP's space.
    public var features: Int { clip.model.projectionSize }
    /// The hidden size of the text tower.
    public var stateWidth: Int { clip.model.textConfiguration.hiddenSize }
    /// The tokenizer's limit, start and end among them.
    public var mostTokens: Int { clip.tokenizer.modelMaxLength }

    private var scale: Float { Float(features).squareRoot() }

    /// Texts cut to the longest of them, with embeddings of length √features.
    public func embed(texts: [String], type: ElementType) -> EmbeddedTexts {
        let ids = clip.ids(texts)
        return EmbeddedTexts(
            states: clip.model.states(ids: ids, type: type),
            embeddings: clip.model.embed(ids: ids, type: type) * scale,
            lengths: textLengths(ids, end: clip.tokenizer.eosID))
    }

    /// `[pictures, features]` in f32, of length √features.
    public func embed(pictures: [Picture], type: ElementType) -> Tensor {
        clip.embed(pictures: pictures, type: type) * scale
    }
}

/// The text tower of a public unCLIP, projected and not scaled to length one.
public struct ProjectedTextModel: TextEmbedder {
    private let conditioner: CLIPTextConditioner
    /// Features of the projection.
    public let features: Int
    /// The hidden size of the tower.
    public var stateWidth: Int { conditioner.stateWidth }
    /// The tokenizer's limit, start and end among them.
    public var mostTokens: Int { conditioner.tokenizer.modelMaxLength }

    /// Loads `prior_text_encoder/` and `prior_tokenizer/` of a diffusers model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public init(
        folder: String, tokenizer: String, _ options: LoadOptions = LoadOptions()
    ) throws {
        conditioner = try CLIPTextConditioner(
            folder: folder, tokenizer: tokenizer, isProjected: true, options)
        features = conditioner.pooledWidth ?? 0
    }

    /// Texts padded to ``mostTokens``, with embeddings of whatever length the projection gives
    /// them.
    public func embed(texts: [String], type: ElementType) -> EmbeddedTexts {
        let given = conditioner(texts, type: type)
        return EmbeddedTexts(
            states: given.states, embeddings: given.pooled ?? .zeros([texts.count, features]),
            lengths: given.lengths)
    }
}

extension ProjectedVisionModel: PictureEmbedder {}
