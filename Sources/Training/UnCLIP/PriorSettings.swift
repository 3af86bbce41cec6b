import PinxitCLIP
import PinxitDALLE
import PinxitFiles
import PinxitTensors
import PinxitTokenizers

extension PriorConfiguration {
    /// The prior of a training configuration, for a CLIP.
    init(training s: SettingsReader, _ scaled: ScaledCLIP) throws {
        let probe = scaled.embed(texts: [""], type: .f32)
        try self.init(
            heads: s.int("heads", or: 4, in: 1...64),
            headSize: s.int("head_size", or: 64, in: 2...256),
            layers: s.int("layers", or: 4, in: 1...64), embeddingWidth: scaled.features,
            statesWidth: probe.states.shape[2], tokens: scaled.clip.tokenizer.modelMaxLength)
        try s.finish()
    }
}
