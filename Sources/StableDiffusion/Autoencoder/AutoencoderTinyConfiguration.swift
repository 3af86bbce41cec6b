import PinxitCheckpoints
import PinxitFiles

/// The sizes of an ``AutoencoderTiny``. Lists have one entry for each level: the encoder's the
/// largest picture first, the decoder's the smallest.
public struct AutoencoderTinyConfiguration: Sendable, Equatable {
    /// Channels of the pictures it takes.
    public var inChannels = 3
    /// Channels of the pictures it gives.
    public var outChannels = 3
    /// Channels of the encoder's levels, all equal; every level but the first halves the picture.
    public var encoderBlockOutChannels = [64, 64, 64, 64]
    /// Channels of the decoder's levels, all equal and as many as the encoder's.
    public var decoderBlockOutChannels = [64, 64, 64, 64]
    /// Blocks of the encoder's levels, 0 to 64 each.
    public var numEncoderBlocks = [1, 3, 3, 3]
    /// Blocks of the decoder's levels, 0 to 64 each.
    public var numDecoderBlocks = [3, 3, 3, 1]
    /// Channels of the latents.
    public var latentChannels = 4
    /// What latents are multiplied by before the diffusion model sees them.
    public var scalingFactor: Float = 1

    /// The sizes of TAESD, with 8 pixels a latent.
    public init() {}

    /// Reads `vae/config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is of another type or not supported.
    public init(_ json: JSONField) throws(FileError) {
        inChannels = try json["in_channels"].size(or: 3)
        outChannels = try json["out_channels"].size(or: 3)
        latentChannels = try json["latent_channels"].size(or: 4)
        scalingFactor = Float(try json["scaling_factor"].positive(or: 1))
        encoderBlockOutChannels = try json["encoder_block_out_channels"].sizes(
            or: encoderBlockOutChannels)
        decoderBlockOutChannels = try json["decoder_block_out_channels"].sizes(
            or: decoderBlockOutChannels)
        let levels = encoderBlockOutChannels.count
        for (name, widths) in [
            ("encoder_block_out_channels", encoderBlockOutChannels),
            ("decoder_block_out_channels", decoderBlockOutChannels),
        ] where Set(widths).count != 1 || widths.count != levels {
            throw json[name].unsupported("\(widths)", ["equal widths, as many for both halves"])
        }
        numEncoderBlocks = try Self.blocks(json["num_encoder_blocks"], levels, or: numEncoderBlocks)
        numDecoderBlocks = try Self.blocks(json["num_decoder_blocks"], levels, or: numDecoderBlocks)
        try json["act_fn"].require("relu")
        try json["upsample_fn"].require("nearest")
        try json["upsampling_scaling_factor"].require(2)
        try json["latent_magnitude"].require(3)
        try json["latent_shift"].require(0.5)
    }

    private static func blocks(
        _ json: JSONField, _ levels: Int, or fallback: [Int]
    ) throws(FileError) -> [Int] {
        var blocks = fallback
        if json.exists {
            blocks = []
            for field in try json.array() { blocks.append(try field.size(or: 0, in: 0...64)) }
        }
        guard blocks.count == levels else {
            throw json.unsupported(
                "a list of \(blocks.count)", ["one number for each of \(levels) levels"])
        }
        return blocks
    }

    /// The configuration as diffusers writes it, for `vae/config.json`; ``init(_:)`` reads it back.
    public var json: JSONValue {
        func list(_ values: [Int]) -> JSONValue { .array(values.map(JSONValue.integer)) }
        return [
            "_class_name": "AutoencoderTiny",
            "_diffusers_version": .string(DiffusersLayout.version), "act_fn": "relu",
            "in_channels": .integer(inChannels), "out_channels": .integer(outChannels),
            "encoder_block_out_channels": list(encoderBlockOutChannels),
            "decoder_block_out_channels": list(decoderBlockOutChannels),
            "num_encoder_blocks": list(numEncoderBlocks),
            "num_decoder_blocks": list(numDecoderBlocks),
            "latent_channels": .integer(latentChannels), "latent_magnitude": 3, "latent_shift": 0.5,
            "upsampling_scaling_factor": 2, "scaling_factor": .number(Double(scalingFactor)),
            "force_upcast": false,
        ]
    }
}
