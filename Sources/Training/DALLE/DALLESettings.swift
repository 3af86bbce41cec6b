import PinxitDALLE
import PinxitFiles

extension DiscreteAutoencoderConfiguration {
    private enum Quantisation: String, CaseIterable { case fsq, gumbel, vq }

    /// The discrete autoencoder of a training configuration.
    init(training s: SettingsReader) throws {
        self.init()
        sampleSize = try s.int(
            "sample_size", or: sampleSize, in: 4...1024,
            "The side of the pictures in pixels, a multiple of what the levels halve.")
        blockOutChannels = try s.ints(
            "block_out_channels", or: blockOutChannels, count: 2...5, each: 1...4096,
            "Channels of each level, the largest map first; every level halves the picture.")
        encoderBlocks = try s.ints(
            "encoder_blocks", or: encoderBlocks, count: 2...5, each: 0...64,
            "Residual blocks of the encoder's levels.")
        decoderBlocks = try s.ints(
            "decoder_blocks", or: decoderBlocks, count: 2...5, each: 0...64,
            "Residual blocks of the decoder's levels.")
        quantizer = try Self.quantizer(s)
        try s.finish()
        self = try s.readBack(json, DiscreteAutoencoderConfiguration.init)
    }

    private static func quantizer(_ s: SettingsReader) throws -> Quantizer {
        let kind = try s.choice(
            "quantizer", or: Quantisation.fsq,
            "How features become tokens: rounded (fsq), the likeliest code as in DALL-E (gumbel), "
                + "or the nearest code (vq).")
        guard kind != .fsq else {
            return .finiteScalar(
                levels: try s.ints(
                    "levels", or: [7, 5, 5, 5, 5], each: 2...256,
                    "Levels of each feature; their product, at most 65536, is the number of codes.")
            )
        }
        let codes = try s.int(
            "codebook_size", or: 1024, in: 2...65536, "How many codes there are.")
        let width = try s.int(
            "code_width", or: kind == .vq ? 16 : 64, in: 1...4096, "Features of a code.")
        return kind == .vq
            ? .nearest(codes: codes, width: width) : .gumbel(codes: codes, width: width)
    }
}

extension TokenTransformerConfiguration {
    /// The transformer of a training configuration.
    ///
    /// - Parameter given: Its sizes that earlier stages decide.
    init(training s: SettingsReader, given: TokenTransformerConfiguration) throws {
        var configuration = given
        configuration.width = try s.int(
            "hidden_size", or: 256, in: 8...8192, "Features of a token's state.")
        configuration.layers = try s.int(
            "num_layers", or: 6, in: 1...256, "Transformer layers.")
        configuration.heads = try s.int(
            "num_heads", or: 8, in: 1...256, dividing: configuration.width,
            called: "hidden_size", "Attention heads; they divide hidden_size.")
        self = try s.readBack(configuration.json, TokenTransformerConfiguration.init)
    }
}
