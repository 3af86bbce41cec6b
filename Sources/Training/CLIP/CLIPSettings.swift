import PinxitCLIP
import PinxitFiles
import PinxitLayers
import PinxitTokenizers

/// What a CLIP takes from its tokenizer.
struct CLIPVocabularySizes {
    var vocabulary = 514
    var tokens = 8
    var bosID = 512
    var eosID = 513
    var padID = 513

    /// Sizes of no tokenizer in particular, to read a recipe by.
    init() {}

    init(_ tokenizer: CLIPTokenizer) {
        (vocabulary, tokens) = (tokenizer.idLimit, tokenizer.modelMaxLength)
        (bosID, eosID) = (Int(tokenizer.bosID), Int(tokenizer.eosID))
        padID = Int(tokenizer.padID)
    }
}

extension PinxitCLIPConfiguration {
    private enum Text: String, CaseIterable { case causal, bidirectional }
    private enum Tower: String, CaseIterable { case convolutional, residual }

    /// The towers of a training configuration, for a tokenizer.
    init(training s: SettingsReader, _ tokenizer: CLIPVocabularySizes) throws {
        let kind: TextKind =
            switch try s.choice(
                "text", or: Text.causal,
                "The text tower: each token sees those before it (causal, for diffusion) or all.")
            {
            case .causal: .causal
            case .bidirectional: .bidirectional
            }
        let image: Image =
            switch try s.choice("image", or: Tower.convolutional, "The kind of image tower.") {
            case .convolutional: .convolutional(try ConvolutionalImageConfiguration(training: s))
            case .residual: .residual(try ResidualImageConfiguration(training: s))
            }
        let text = try CLIPTextConfiguration(training: s, tokenizer)
        try s.finish()
        let configuration = PinxitCLIPConfiguration(
            textKind: kind, text: text, image: image, projectionSize: text.projectionSize)
        self = try s.readBack(configuration.json, PinxitCLIPConfiguration.init)
    }

    /// Numbers of one sample that are certainly held in training: maps of the first level.
    var numbersHeld: Int {
        let (side, width) =
            switch image {
            case .convolutional(let c): (c.imageSize, c.widths[0])
            case .residual(let c): (c.imageSize, c.widths[0])
            }
        return side * side * width / 4 + text.maxPositions * text.hiddenSize * text.layers
    }
}

extension CLIPTextConfiguration {
    /// The text tower of a training configuration, for a tokenizer.
    init(training s: SettingsReader, _ tokenizer: CLIPVocabularySizes) throws {
        let width = try s.int(
            "text_width", or: 192, in: 8...4096, "Features of a token's state.")
        try self.init(
            vocabularySize: tokenizer.vocabulary, hiddenSize: width,
            intermediateSize: 4 * width,
            layers: s.int("text_layers", or: 4, in: 1...64, "Transformer layers over the text."),
            heads: s.int(
                "text_heads", or: 6, in: 1...64, dividing: width, called: "text_width",
                "Attention heads over the text; they divide text_width."),
            maxPositions: tokenizer.tokens, activation: .gelu,
            projectionSize: s.int(
                "projection", or: 192, in: 8...4096,
                "Features of the space that both towers are projected into."),
            bosID: tokenizer.bosID, eosID: tokenizer.eosID, padID: tokenizer.padID)
    }
}

extension ConvolutionalImageConfiguration {
    init(training s: SettingsReader) throws {
        self.init()
        imageSize = try s.imageSize(or: imageSize)
        widths = try s.levels(or: widths, side: imageSize)
        layers = try s.int(
            "image_layers", or: layers, in: 0...64, "Transformer layers over the last map's cells.")
        heads = try s.int(
            "image_heads", or: heads, in: 1...64, dividing: widths.last ?? 0,
            called: "the last of image_widths",
            "Attention heads of those; they divide the last of image_widths.")
    }
}

extension ResidualImageConfiguration {
    init(training s: SettingsReader) throws {
        self.init()
        imageSize = try s.imageSize(or: imageSize)
        widths = try s.levels(or: widths, side: imageSize)
        blocks = try s.ints(
            "image_blocks", or: widths.map { _ in 1 }, each: 0...64,
            "Residual blocks of each level.")
        guard blocks.count == widths.count else {
            throw s.field["image_blocks"].unsupported(
                "a list of \(blocks.count)", ["a list of \(widths.count), as of image_widths"])
        }
        width = try s.int(
            "image_features", or: width, in: 8...4096, "Features of the image tower's answer.")
    }
}

extension SettingsReader {
    fileprivate func imageSize(or standard: Int) throws -> Int {
        try int(
            "image_size", or: standard, in: 16...1024, "The side of the pictures in pixels.")
    }

    /// Widths of levels that halve a picture each, for norms of eight groups.
    fileprivate func levels(or standard: [Int], side: Int) throws -> [Int] {
        let widths = try ints(
            "image_widths", or: standard, count: 1...6, each: 8...4096,
            "Channels of each level, multiples of 8; every level halves the picture.")
        guard side % (1 << widths.count) == 0 else {
            throw field["image_widths"].unsupported(
                "a list of \(widths.count)", ["one for each time \(side), image_size, is halved"])
        }
        for width in widths where width % 8 != 0 {
            throw field["image_widths"].unsupported("\(width)", ["multiples of 8"])
        }
        return widths
    }
}
