import PinxitFiles

/// The sizes of a ``DiscreteAutoencoder``. Lists have one entry for each level, the largest picture
/// first.
public struct DiscreteAutoencoderConfiguration: Sendable, Equatable {
    /// The side of the pictures it is made for, in pixels.
    public var sampleSize = 64
    /// Channels of each level; every level halves the picture.
    public var blockOutChannels = [32, 64, 128]
    /// Residual blocks of the encoder's levels, 0 to 64 each.
    public var encoderBlocks = [1, 1, 2]
    /// Residual blocks of the decoder's levels, 0 to 64 each.
    public var decoderBlocks = [1, 2, 4]
    /// How features become tokens; by default one of 4375.
    public var quantizer = Quantizer.finiteScalar(levels: [7, 5, 5, 5, 5])

    /// How features become tokens.
    public enum Quantizer: Sendable, Equatable {
        /// Mentzer et al. 2023: each feature rounded to one of its levels.
        case finiteScalar(levels: [Int])
        /// Ramesh et al. 2021: the likeliest of the codes, relaxed in training.
        case gumbel(codes: Int, width: Int)
        /// van den Oord et al. 2017: the nearest of the codes.
        case nearest(codes: Int, width: Int)
    }

    /// A network for pictures of 64x64 pixels with 8x8 tokens.
    public init() {}

    /// Pixels that a token stands for, in each direction.
    public var downscale: Int { 1 << blockOutChannels.count }
    /// Tokens in each direction.
    public var tokenSide: Int { sampleSize / downscale }
    /// Tokens of a picture.
    public var tokens: Int { tokenSide * tokenSide }

    /// Reads `picture_tokenizer/config.json`, or the `model` group of a training configuration.
    ///
    /// - Throws: `FileError` naming a field that is of another type or not supported.
    public init(_ json: JSONField) throws(FileError) {
        try json["_class_name"].require(Self.className)
        blockOutChannels = try json["block_out_channels"].sizes(or: blockOutChannels, in: 1...4096)
        let levels = blockOutChannels.count
        guard (2...5).contains(levels) else {
            throw json["block_out_channels"].unsupported("a list of \(levels)", ["2 to 5 levels"])
        }
        sampleSize = try json["sample_size"].size(or: sampleSize, in: 1...1024)
        guard sampleSize % downscale == 0 else {
            throw json["sample_size"].unsupported("\(sampleSize)", ["a multiple of \(downscale)"])
        }
        encoderBlocks = try Self.blocks(json["encoder_blocks"], levels, or: encoderBlocks)
        decoderBlocks = try Self.blocks(json["decoder_blocks"], levels, or: decoderBlocks)
        quantizer = try Self.quantizer(json)
    }

    private static func blocks(
        _ json: JSONField, _ levels: Int, or fallback: [Int]
    ) throws(FileError) -> [Int] {
        let blocks = try json.sizes(or: fallback, in: 0...64)
        guard blocks.count == levels else {
            throw json.unsupported(
                "a list of \(blocks.count)", ["one number for each of \(levels) levels"])
        }
        return blocks
    }

    private static func quantizer(_ json: JSONField) throws(FileError) -> Quantizer {
        switch try json["quantizer"].string(or: "fsq") {
        case "fsq":
            let levels = try json["levels"].sizes(or: [7, 5, 5, 5, 5], in: 2...256)
            var codes = 1
            for level in levels {
                codes *= level
                guard codes <= 65536 else {
                    throw json["levels"].unsupported("\(levels)", ["a product up to 65536"])
                }
            }
            return .finiteScalar(levels: levels)
        case let name where name == "gumbel" || name == "vq":
            let codes = try json["codebook_size"].size(or: 1024, in: 2...65536)
            let width = try json["code_width"].size(or: name == "vq" ? 16 : 64, in: 1...4096)
            return name == "vq"
                ? .nearest(codes: codes, width: width) : .gumbel(codes: codes, width: width)
        case let other:
            throw json["quantizer"].unsupported("\"\(other)\"", ["fsq", "gumbel", "vq"])
        }
    }

    static let className = "PinxitDiscreteAutoencoder"

    /// What ``init(_:)`` reads.
    public var json: JSONValue {
        func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
        var members = [
            JSONMember("_class_name", .string(Self.className)),
            JSONMember("sample_size", .integer(sampleSize)),
            JSONMember("block_out_channels", list(blockOutChannels)),
            JSONMember("encoder_blocks", list(encoderBlocks)),
            JSONMember("decoder_blocks", list(decoderBlocks)),
        ]
        switch quantizer {
        case .finiteScalar(let levels):
            members += [JSONMember("quantizer", "fsq"), JSONMember("levels", list(levels))]
        case .gumbel(let codes, let width), .nearest(let codes, let width):
            var name = "gumbel"
            if case .nearest = quantizer { name = "vq" }
            members += [
                JSONMember("quantizer", .string(name)),
                JSONMember("codebook_size", .integer(codes)),
                JSONMember("code_width", .integer(width)),
            ]
        }
        return .object(members)
    }
}
