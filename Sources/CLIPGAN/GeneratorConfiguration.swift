import PinxitFiles

/// The sizes of a ``Generator``, as `generator/config.json` holds them.
public struct GeneratorConfiguration: Sendable, Equatable {
    /// Numbers of the noise z.
    public var noiseSize = 128
    /// Numbers of the CLIP embedding of a text.
    public var textSize = 192
    /// Numbers of the condition that modulates every convolution.
    public var conditionSize = 192
    /// Channels at 4x4 cells, 8x8 and so on: each level has twice the side of the one before.
    public var widths = [192, 192, 128, 64, 32]
    /// Convolutions of each level's residual block.
    public var convolutions = [2, 2, 2, 1, 1]
    /// Sides of the levels with self-attention.
    public var attentionSides = [8, 16]
    /// Channels of an attention head.
    public var headSize = 32

    /// The sizes for 64x64 pictures and the project's own CLIP.
    public init() {}

    /// The side of the first level.
    static let firstSide = 4
    static let className = "CLIPGANGenerator"

    /// The side of the pictures it paints.
    public var pictureSize: Int { Self.firstSide << (widths.count - 1) }

    /// - Throws: `FileError` naming a field that is out of bounds or does not go with the others.
    public init(_ json: JSONField) throws(FileError) {
        self.init()
        try json["_class_name"].require(Self.className)
        noiseSize = try json["noise_size"].size(or: noiseSize)
        textSize = try json["text_size"].size(or: textSize)
        conditionSize = try json["condition_size"].size(or: conditionSize)
        widths = try json["widths"].sizes(or: widths, in: 1...4096)
        convolutions = try json["convolutions"].sizes(or: convolutions, in: 1...16)
        headSize = try json["head_size"].size(or: headSize, in: 1...512)
        attentionSides = try json["attention_sides"].sidesWithAttention(
            or: attentionSides, first: Self.firstSide, widths: widths, headSize: headSize)
        guard widths.count <= 9 else {
            throw json["widths"].unsupported("a list of \(widths.count)", ["at most 9 widths"])
        }
        guard convolutions.count == widths.count else {
            throw json["convolutions"].unsupported(
                "a list of \(convolutions.count)", ["a list of \(widths.count), as of widths"])
        }
    }

    /// The configuration as `generator/config.json` holds it; ``init(_:)`` reads it back.
    public var json: JSONValue {
        [
            "_class_name": .string(Self.className), "sample_size": .integer(pictureSize),
            "noise_size": .integer(noiseSize), "text_size": .integer(textSize),
            "condition_size": .integer(conditionSize),
            "widths": .array(widths.map { .integer($0) }),
            "convolutions": .array(convolutions.map { .integer($0) }),
            "attention_sides": .array(attentionSides.map { .integer($0) }),
            "head_size": .integer(headSize),
        ]
    }
}

extension JSONField {
    /// Sides of levels with self-attention, whose channels must be whole heads. The list may be
    /// empty.
    func sidesWithAttention(
        or fallback: [Int], first: Int, widths: [Int], headSize: Int
    ) throws(FileError) -> [Int] {
        func check(_ side: Int, _ field: JSONField) throws(FileError) {
            let level = widths.indices.first { first << $0 == side }
            guard let level, widths[level] % headSize == 0 else {
                throw field.unsupported(
                    "\(side)", ["the side of a level whose width \(headSize) divides"])
            }
        }
        guard exists else {
            for side in fallback { try check(side, self) }
            return fallback
        }
        var sides: [Int] = []
        for element in try array() {
            let side = try element.size(or: 1)
            try check(side, element)
            sides.append(side)
        }
        return sides
    }
}
