import PinxitFiles

/// The sizes of a ``TokenTransformer``.
public struct TokenTransformerConfiguration: Sendable, Equatable {
    /// Tokens there are in captions; ids are below it.
    public var textVocabulary: Int
    /// Tokens of a caption, padding included.
    public var textLength: Int
    /// Tokens there are in pictures, the codes of the ``DiscreteAutoencoder``; ids are below it.
    public var pictureVocabulary: Int
    /// Tokens of a picture in each direction.
    public var side: Int
    /// Features of a token's state.
    public var width: Int
    /// Transformer layers.
    public var layers: Int
    /// Attention heads; they divide the width.
    public var heads: Int

    /// - Precondition: `heads` divides `width`.
    public init(
        textVocabulary: Int, textLength: Int, pictureVocabulary: Int, side: Int, width: Int = 256,
        layers: Int = 6, heads: Int = 8
    ) {
        self.textVocabulary = textVocabulary
        self.textLength = textLength
        self.pictureVocabulary = pictureVocabulary
        self.side = side
        self.width = width
        self.layers = layers
        self.heads = heads
    }

    /// Tokens of a picture.
    public var pictureLength: Int { side * side }

    /// Reads `transformer/config.json`.
    ///
    /// - Throws: `FileError` naming a field that is missing, of another type, or not supported.
    public init(_ json: JSONField) throws(FileError) {
        try json["_class_name"].require(Self.className)
        func size(_ name: String, _ range: ClosedRange<Int>) throws(FileError) -> Int {
            _ = try json[name].int()
            return try json[name].size(or: 1, in: range)
        }
        try self.init(
            textVocabulary: size("text_vocab_size", 1...1_000_000),
            textLength: size("text_length", 2...1024),
            pictureVocabulary: size("picture_vocab_size", 2...65536),
            side: size("picture_side", 1...128), width: size("hidden_size", 1...8192),
            layers: size("num_layers", 1...256), heads: size("num_heads", 1...256))
        try json["num_heads"].requireHeads(heads, of: width)
    }

    static let className = "PinxitTokenTransformer"

    /// What ``init(_:)`` reads.
    public var json: JSONValue {
        [
            "_class_name": .string(Self.className), "text_vocab_size": .integer(textVocabulary),
            "text_length": .integer(textLength), "picture_vocab_size": .integer(pictureVocabulary),
            "picture_side": .integer(side), "hidden_size": .integer(width),
            "num_layers": .integer(layers), "num_heads": .integer(heads),
        ]
    }
}
