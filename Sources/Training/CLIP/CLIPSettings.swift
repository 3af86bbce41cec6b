import PinxitCLIP
import PinxitFiles
import PinxitLayers
import PinxitTokenizers

extension PinxitCLIPConfiguration {
    private enum Text: String, CaseIterable { case causal, bidirectional }
    private enum Tower: String, CaseIterable { case convolutional, residual }

    /// The towers of a training configuration, for a tokenizer.
    init(training s: SettingsReader, _ tokenizer: CLIPTokenizer) throws {
        let kind: TextKind =
            switch try s.choice("text", or: Text.causal) {
            case .causal: .causal
            case .bidirectional: .bidirectional
            }
        let image: Image =
            switch try s.choice("image", or: Tower.convolutional) {
            case .convolutional: .convolutional(try ConvolutionalImageConfiguration(training: s))
            case .residual: .residual(try ResidualImageConfiguration(training: s))
            }
        let text = try CLIPTextConfiguration(training: s, tokenizer)
        self.init(
            textKind: kind, text: text, image: image, projectionSize: text.projectionSize)
    }
}

extension CLIPTextConfiguration {
    /// The text tower of a training configuration, for a tokenizer.
    init(training s: SettingsReader, _ tokenizer: CLIPTokenizer) throws {
        let width = try s.int("text_width", or: 192, in: 8...4096)
        try self.init(
            vocabularySize: tokenizer.vocabularySize, hiddenSize: width,
            intermediateSize: 4 * width,
            layers: s.int("text_layers", or: 4, in: 1...64),
            heads: s.int("text_heads", or: 6, in: 1...64, dividing: width),
            maxPositions: tokenizer.modelMaxLength, activation: .gelu,
            projectionSize: s.int("projection", or: 192, in: 8...4096), bosID: Int(tokenizer.bosID),
            eosID: Int(tokenizer.eosID), padID: Int(tokenizer.padID))
    }
}

extension ConvolutionalImageConfiguration {
    init(training s: SettingsReader) throws {
        self.init()
        imageSize = try s.int("image_size", or: imageSize, in: 16...1024)
        widths = try s.levels("image_widths", or: widths, side: imageSize)
        layers = try s.int("image_layers", or: layers, in: 0...64)
        heads = try s.int("image_heads", or: heads, in: 1...64, dividing: widths.last!)
    }
}

extension ResidualImageConfiguration {
    init(training s: SettingsReader) throws {
        self.init()
        imageSize = try s.int("image_size", or: imageSize, in: 16...1024)
        widths = try s.levels("image_widths", or: widths, side: imageSize)
        let counts = try s.ints("image_blocks", or: widths.map { _ in 1 })
        guard counts.count == widths.count, counts.allSatisfy((0...64).contains) else {
            throw s.field["image_blocks"].error("a number from 0 to 64 for each width")
        }
        blocks = counts
        width = try s.int("image_features", or: width, in: 8...4096)
    }
}

extension SettingsReader {
    /// A number that divides another.
    fileprivate func int(
        _ name: String, or standard: Int, in range: ClosedRange<Int>, dividing whole: Int
    ) throws -> Int {
        let value = try int(name, or: standard, in: range)
        guard whole % value == 0 else { throw field[name].error("a divisor of \(whole)") }
        return value
    }

    /// Widths of levels that halve a picture each, for norms of eight groups.
    fileprivate func levels(_ name: String, or standard: [Int], side: Int) throws -> [Int] {
        let widths = try ints(name, or: standard)
        guard (1...6).contains(widths.count), side % (1 << widths.count) == 0,
            widths.allSatisfy({ $0 % 8 == 0 && (8...4096).contains($0) })
        else {
            throw field[name].error("1 to 6 multiples of 8, one for each time \(side) is halved")
        }
        return widths
    }
}
