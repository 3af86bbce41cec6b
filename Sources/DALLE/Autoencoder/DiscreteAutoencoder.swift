import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitTensors

// Legend: B batch, H W height and width in pixels, N tokens of a picture.

/// Pictures to tokens and back: the first half of DALL·E (Ramesh et al. 2021), with a network
/// without norms or attention.
public struct DiscreteAutoencoder: Sendable {
    /// The sizes it was made with.
    public let configuration: DiscreteAutoencoderConfiguration
    /// What turns the encoder's features into tokens, and tokens into the decoder's.
    public let quantiser: any Quantiser
    let encoder: PictureEncoder
    let decoder: PictureDecoder

    /// Parameters `encoder`, `decoder` and, for quantisers with a codebook, `quantizer`.
    public init(_ w: Weights, _ c: DiscreteAutoencoderConfiguration) {
        configuration = c
        quantiser = c.quantizer.quantiser(w("quantizer"))
        encoder = PictureEncoder(w("encoder"), c, output: quantiser.inputWidth)
        decoder = PictureDecoder(w("decoder"), c, input: quantiser.outputWidth)
    }

    /// `[batch, height, width, 3]` in [-1, 1] to ids `[batch, tokens]`, row by row from the top.
    public func tokens(_ pictures: Tensor) -> Tensor {
        quantiser.ids(features(pictures)).reshaped([pictures.shape[0], -1])
    }

    /// Ids `[batch, rows, columns]` to pictures `[batch, height, width, 3]`, about in [-1, 1].
    public func pictures(_ tokens: Tensor, type: ElementType = .f32) -> Tensor {
        decode(quantiser.vectors(tokens).cast(to: type))
    }

    /// Pictures from the features that stand for tokens, `[batch, rows, columns, D]`.
    public func decode(_ vectors: Tensor) -> Tensor { decoder(vectors) }

    /// What the quantiser is given, `[batch, rows, columns, C]`.
    public func features(_ pictures: Tensor) -> Tensor { encoder(pictures) }

    /// Loads the `picture_tokenizer/` folder of a model.
    ///
    /// - Throws: `FileError` for the file and field that is wrong.
    public static func load(
        folder: String, _ options: LoadOptions = LoadOptions()
    ) throws(FileError) -> DiscreteAutoencoder {
        let folder = try Component(path: folder)
        let configuration = try DiscreteAutoencoderConfiguration(folder.config)
        return try folder.model(options) { DiscreteAutoencoder($0, configuration) }
    }
}
