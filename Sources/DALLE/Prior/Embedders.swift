import PinxitCLIP
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// The text side of the CLIP behind an unCLIP model, on the scale its prior knows.
public protocol TextEmbedder: Sendable {
    /// Features of an embedding.
    var features: Int { get }

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

/// The project's own CLIP. What has length one is scaled to √features, so that features are about one in size, as they are
/// in the public unCLIP models.
public struct ScaledCLIP: TextEmbedder, PictureEmbedder {
    public let clip: CLIP

    public init(_ clip: CLIP) { self.clip = clip }

    public var features: Int { clip.model.projectionSize }

    private var scale: Float { Float(features).squareRoot() }

    public func embed(texts: [String], type: ElementType) -> EmbeddedTexts {
        let ids = clip.ids(texts)
        return EmbeddedTexts(
            states: clip.model.states(ids: ids, type: type),
            embeddings: clip.model.embed(ids: ids, type: type) * scale,
            lengths: textLengths(ids, end: clip.tokenizer.eosID))
    }

    public func embed(pictures: [Picture], type: ElementType) -> Tensor {
        clip.embed(pictures: pictures, type: type) * scale
    }
}

/// Tokens of each text up to its end, for ids `[texts, tokens]`.
func textLengths(_ ids: Tensor, end: Int32) -> [Int] {
    let (count, values) = (ids.shape[1], ids.integers)
    return (0..<ids.shape[0]).map { row in
        let text = values[row * count..<(row + 1) * count]
        return text.firstIndex(of: end).map { $0 - text.startIndex + 1 } ?? count
    }
}
