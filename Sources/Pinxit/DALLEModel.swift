import PinxitCLIP
import PinxitDALLE
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// The networks of a DALL·E, loaded: both tokenizers, the transformer, and CLIP where the model comes with one.
///
/// Used on the engine's thread only.
struct DALLEModel: @unchecked Sendable {
    let tokenizer: CLIPTokenizer
    let autoencoder: DiscreteAutoencoder
    let transformer: TokenTransformer
    /// Chooses among candidates, if the model has it.
    let clip: CLIP?

    /// The side of its pictures, in pixels.
    var side: Int { autoencoder.configuration.sampleSize }

    /// - Throws: `FileError` for a file that is wrong, `PaintError` for files that do not fit
    ///   together.
    init(folder: String, isStreamed: Bool) throws {
        tokenizer = try CLIPTokenizer(folder: folder + "tokenizer")
        autoencoder = try DiscreteAutoencoder.load(
            folder: folder + "picture_tokenizer", isStreamed: isStreamed)
        transformer = try TokenTransformer.load(
            folder: folder + "transformer", isStreamed: isStreamed)
        clip = fileExists(folder + "clip") ? try CLIP(folder: folder + "clip") : nil
        try check(folder)
    }

    /// The networks must fit each other, not only their own files.
    private func check(_ folder: String) throws(PaintError) {
        let c = transformer.configuration
        let pairs = [
            (
                "tokens the tokenizer gives", tokenizer.modelMaxLength, "==",
                "text tokens of the transformer", c.textLength
            ),
            (
                "tokens the tokenizer knows", tokenizer.vocabularySize, "<=",
                "text tokens the transformer knows", c.textVocabulary
            ),
            (
                "codes of the picture tokenizer", autoencoder.quantiser.codes, "==",
                "picture tokens the transformer knows", c.pictureVocabulary
            ),
            (
                "rows of tokens of a picture", autoencoder.configuration.tokenSide, "==",
                "rows of the transformer", c.side
            ),
        ]
        for (one, a, relation, other, b) in pairs where relation == "==" ? a != b : a > b {
            throw .model(
                path: folder, problem: "\(one): \(a); accepted is \(relation) \(b), the \(other)")
        }
    }

    /// The first rows of a picture's tokens.
    func tokens(of picture: Picture, rows: Int) -> [Int32] {
        let fitting = picture.rgb().resized(width: side, height: side, filter: .lanczos)
        let tokens = autoencoder.tokens(Tensor(pictures: [fitting])).integers
        return Array(tokens.prefix(rows * transformer.configuration.side))
    }

    /// The picture that CLIP finds nearest to a text.
    func nearest(of pictures: [Picture], to text: String, type: ElementType) -> Picture {
        guard pictures.count > 1, let clip else { return pictures[0] }
        let cosines = matmul(
            clip.embed(texts: [text], type: type), clip.embed(pictures: pictures, type: type),
            transposeB: true
        ).floats
        return pictures[pictures.indices.max { cosines[$0] < cosines[$1] }!]
    }

    /// Pictures in [-1, 1], f32, from tokens `[batch, tokens]`.
    func decode(_ tokens: Tensor, type: ElementType) -> Tensor {
        let side = transformer.configuration.side
        return autoencoder.pictures(tokens.reshaped([tokens.shape[0], side, side]), type: type)
            .cast(to: .f32)
    }
}
