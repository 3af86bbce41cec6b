import CLIP
import Layers
import Tokenizers

extension CLIPTextConfiguration {
    /// The text tower of a training configuration, for a tokenizer.
    init(training s: SettingsReader, _ tokenizer: CLIPTokenizer) throws {
        let width = try s.int("text_width", or: 192, in: 8...4096)
        try self.init(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: width,
            intermediateSize: 4 * width,
            layers: s.int("text_layers", or: 4, in: 1...64),
            heads: s.int("text_heads", or: 6, in: 1...64),
            maxPositions: tokenizer.modelMaxLength, activation: .gelu,
            projectionSize: s.int("projection", or: 192, in: 8...4096), bosID: Int(tokenizer.bosID),
            eosID: Int(tokenizer.eosID), padID: Int(tokenizer.padID))
    }
}

extension ConvolutionalImageConfiguration {
    /// The image tower of a training configuration.
    init(training s: SettingsReader) throws {
        self.init()
        imageSize = try s.int("image_size", or: 64, in: 16...1024)
        widths = try s.ints("image_widths", or: [32, 64, 128, 192])
        layers = try s.int("image_layers", or: 2, in: 0...64)
        heads = try s.int("image_heads", or: 6, in: 1...64)
        projectionSize = try s.int("projection", or: 192, in: 8...4096)
    }
}
