import PinxitCheckpoints
import PinxitFiles

/// The sizes of an ``AutoencoderKL``. Lists have one entry for each level, the largest picture
/// first.
public struct AutoencoderKLConfiguration: Sendable, Equatable {
    /// Channels of the pictures it takes.
    public var inChannels = 3
    /// Channels of the pictures it gives.
    public var outChannels = 3
    /// Channels of the latents; 4 in Stable Diffusion 1, 2 and XL.
    public var latentChannels = 4
    /// Channels of each level; every level but the last halves the picture.
    public var blockOutChannels = [128, 256, 512, 512]
    /// Residual blocks of the encoder's levels; the decoder's have one more.
    public var layersPerBlock = 2
    /// Groups of all norms; they divide the channels of every level.
    public var normGroups = 32
    /// What latents are multiplied by before the diffusion model sees them.
    public var scalingFactor: Float = 0.18215
    /// The mean of each channel of the latents, which is taken away before the diffusion model sees
    /// them, and their standard deviations, which they are divided by; nil for 0 and 1.
    public var latentStatistics: LatentStatistics?
    /// The side of the pictures it was trained at.
    public var sampleSize = 512
    /// Whether there is self-attention at the smallest map, `mid_block_add_attention`.
    public var midBlockAddAttention = true
    /// Whether a 1x1 convolution follows the encoder.
    public var useQuantConv = true
    /// Whether a 1x1 convolution precedes the decoder.
    public var usePostQuantConv = true
    /// Whether half precision (f16) overflows in it; bf16 does not.
    public var forceUpcast = true

    /// The sizes of Stable Diffusion 1's, with 8 pixels a latent.
    public init() {}

    /// Reads `vae/config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is wrong or that this autoencoder does not
    ///   support.
    public init(_ json: JSONField) throws(FileError) {
        inChannels = try json["in_channels"].size(or: 3)
        outChannels = try json["out_channels"].size(or: 3)
        latentChannels = try json["latent_channels"].size(or: 4)
        blockOutChannels = try json["block_out_channels"].sizes(or: [64])
        layersPerBlock = try json["layers_per_block"].size(or: 1, in: 1...64)
        normGroups = try json["norm_num_groups"].size(or: 32)
        scalingFactor = Float(try json["scaling_factor"].positive(or: 0.18215))
        // Only a hint for other programs; some files hold two.
        let side = json["sample_size"]
        if case .array = side.value {
            sampleSize = try side.sizes(or: [])[0]
        } else {
            sampleSize = try side.size(or: 32)
        }
        midBlockAddAttention = try json["mid_block_add_attention"].bool(or: true)
        useQuantConv = try json["use_quant_conv"].bool(or: true)
        usePostQuantConv = try json["use_post_quant_conv"].bool(or: true)
        forceUpcast = try json["force_upcast"].bool(or: true)
        try json["act_fn"].require("silu", "swish")
        try json["shift_factor"].require(0)
        latentStatistics = try LatentStatistics(json, channels: latentChannels)
        try check(json["down_block_types"], "DownEncoderBlock2D")
        try check(json["up_block_types"], "UpDecoderBlock2D")
        for width in blockOutChannels where width % normGroups != 0 {
            throw json["norm_num_groups"].unsupported("\(normGroups)", ["a divisor of \(width)"])
        }
        if midBlockAddAttention, let width = blockOutChannels.last, width > 512 {
            throw json["block_out_channels"].unsupported(
                "a last width of \(width) with attention", ["at most 512"])
        }
    }

    private func check(_ json: JSONField, _ kind: String) throws(FileError) {
        guard json.exists || blockOutChannels.count != 1 else { return }
        let fields = try json.array()
        for field in fields where try field.string() != kind {
            throw field.unsupported("\"\(try field.string())\"", [kind])
        }
        guard fields.count == blockOutChannels.count else {
            throw json.unsupported(
                "a list of \(fields.count)",
                ["one type for each of \(blockOutChannels.count) widths"])
        }
    }

    /// The configuration as diffusers writes it, for `vae/config.json`; ``init(_:)`` reads it back.
    public var json: JSONValue {
        func types(_ kind: String) -> JSONValue {
            .array(blockOutChannels.map { _ in .string(kind) })
        }
        var members: [JSONMember] = [
            JSONMember("_class_name", "AutoencoderKL"),
            JSONMember("_diffusers_version", .string(DiffusersLayout.version)),
            JSONMember("act_fn", "silu"),
            JSONMember("in_channels", .integer(inChannels)),
            JSONMember("out_channels", .integer(outChannels)),
            JSONMember("latent_channels", .integer(latentChannels)),
            JSONMember("block_out_channels", .array(blockOutChannels.map { .integer($0) })),
            JSONMember("down_block_types", types("DownEncoderBlock2D")),
            JSONMember("up_block_types", types("UpDecoderBlock2D")),
            JSONMember("layers_per_block", .integer(layersPerBlock)),
            JSONMember("norm_num_groups", .integer(normGroups)),
            JSONMember("scaling_factor", .number(Double(scalingFactor))),
            JSONMember("sample_size", .integer(sampleSize)),
            JSONMember("mid_block_add_attention", .bool(midBlockAddAttention)),
            JSONMember("use_quant_conv", .bool(useQuantConv)),
            JSONMember("use_post_quant_conv", .bool(usePostQuantConv)),
            JSONMember("force_upcast", .bool(forceUpcast)),
        ]
        if let latentStatistics { members += latentStatistics.json }
        return .object(members)
    }
}
