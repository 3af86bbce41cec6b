import PinxitCLIP
import PinxitDALLE
import PinxitFiles
import PinxitTensors
import PinxitTokenizers

extension PriorConfiguration {
    /// The prior of a training configuration, for a CLIP.
    ///
    /// - Parameters:
    ///   - embedding: Features of the CLIP's embeddings.
    ///   - states: Features of its text states.
    ///   - tokens: Of a text at most.
    init(training s: SettingsReader, embedding: Int, states: Int, tokens: Int) throws {
        let configuration = try PriorConfiguration(
            heads: s.int("heads", or: 4, in: 1...64, "Attention heads."),
            headSize: s.int(
                "head_size", or: 64, in: 2...256,
                "Features of a head; heads times head_size is even."),
            layers: s.int("layers", or: 4, in: 1...64, "Transformer layers."),
            embeddingWidth: embedding, statesWidth: states, tokens: tokens)
        try s.finish()
        self = try s.readBack(
            configuration.json,
            names: [
                "num_attention_heads": "heads", "attention_head_dim": "head_size",
                "num_layers": "layers",
            ], PriorConfiguration.init)
    }

    /// The prior of a training configuration, for a CLIP.
    init(training s: SettingsReader, _ scaled: ScaledCLIP) throws {
        let probe = scaled.embed(texts: [""], type: .f32)
        try self.init(
            training: s, embedding: scaled.features, states: probe.states.shape[2],
            tokens: scaled.clip.tokenizer.modelMaxLength)
    }
}
