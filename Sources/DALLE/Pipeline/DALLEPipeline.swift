import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTokenizers

/// A DALL·E ready to paint: both tokenizers, the transformer, and CLIP where the model comes with
/// one.
///
/// Used on the engine's thread only.
package struct DALLEPipeline: Sendable {
    package let tokenizer: CLIPTokenizer
    package let autoencoder: DiscreteAutoencoder
    package let transformer: TokenTransformer
    /// Chooses among candidates, if the model has it.
    package let clip: CLIP?

    /// The side of its pictures, in pixels.
    package var side: Int { autoencoder.configuration.sampleSize }
    /// Rows of a picture's tokens.
    package var rows: Int { transformer.configuration.side }

    /// Loads a folder with `tokenizer`, `picture_tokenizer`, `transformer` and perhaps `clip`.
    ///
    /// - Throws: `FileError` for a file that is wrong, or files that do not fit together.
    package init(folder: String, _ options: LoadOptions = LoadOptions()) throws {
        tokenizer = try CLIPTokenizer(folder: folder.path("tokenizer"))
        autoencoder = try DiscreteAutoencoder.load(
            folder: folder.path("picture_tokenizer"), options)
        transformer = try TokenTransformer.load(folder: folder.path("transformer"), options)
        let chooser = folder.path("clip")
        clip = fileExists(chooser) ? try CLIP(folder: chooser, options) : nil
        try check(folder: folder)
    }

    /// Every precondition of a forward pass that one part has of another.
    private func check(folder: String) throws(FileError) {
        let (fit, c) = (PartsFit(folder: folder), transformer.configuration)
        try fit.equal(
            "tokens the tokenizer gives", tokenizer.modelMaxLength,
            "text tokens of the transformer", c.textLength)
        try fit.atMost(
            "tokens the tokenizer knows", tokenizer.idLimit,
            "text tokens the transformer knows", c.textVocabulary)
        try fit.equal(
            "codes of the picture tokenizer", autoencoder.quantiser.codes,
            "picture tokens the transformer knows", c.pictureVocabulary)
        try fit.equal(
            "rows of tokens of a picture", autoencoder.configuration.tokenSide,
            "rows of the transformer", c.side)
    }

    /// The first rows of a picture's tokens, the picture brought to the model's size.
    package func tokens(of picture: Picture, rows: Int) -> [Int32] {
        let fitting = picture.rgb().resized(width: side, height: side, filter: .lanczos)
        let tokens = autoencoder.tokens(Tensor(pictures: [fitting])).integers
        return Array(tokens.prefix(rows * transformer.configuration.side))
    }

    /// Draws the tokens of candidates for one picture: `[candidates, tokens]`.
    ///
    /// - Parameters:
    ///   - beginning: The tokens that each begins with.
    ///   - onToken: Told the number of tokens known, and the logits that the last was drawn from;
    ///     throwing ends the drawing.
    package func draw(
        _ prompt: String, candidates: Int, seed: UInt64, beginning: [Int32],
        _ drawing: TokenDrawing, onToken: (Int, Tensor) throws -> Void
    ) rethrows -> Tensor {
        var random = (0..<candidates).map { SplitMix64(seed: seed, index: $0) }
        return try transformer.draw(
            captions: [tokenizer.encode(prompt)], empty: tokenizer.encode(""),
            beginning: beginning, drawing, random: &random, onToken: onToken)
    }

    /// Pictures in [-1, 1], f32, from tokens `[batch, tokens]`.
    package func decode(_ tokens: Tensor, type: ElementType) -> Tensor {
        autoencoder.pictures(tokens.reshaped([tokens.shape[0], rows, rows]), type: type)
            .cast(to: .f32)
    }

    /// CLIP's cosines of pictures with a text, `[1, pictures]`; nil where there is no choice, or no
    /// CLIP.
    package func scores(of pictures: [Picture], to text: String, type: ElementType) -> Tensor? {
        guard pictures.count > 1, let clip else { return nil }
        return matmul(
            clip.embed(texts: [text], type: type), clip.embed(pictures: pictures, type: type),
            transposeB: true)
    }
}
