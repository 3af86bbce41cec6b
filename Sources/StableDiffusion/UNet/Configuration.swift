import Files
import Layers

/// The sizes of a ``UNet``, with the keys of diffusers' `config.json` for `UNet2DConditionModel`.
public struct UNetConfiguration: Sendable, Equatable {
    public var sampleSize: Int
    public var inChannels: Int
    public var outChannels: Int
    public var blockOutChannels: [Int]
    /// Whether each level going down has cross-attention; going up it is the mirror image.
    public var attentionLevels: [Bool]
    /// Residual blocks of each level going down; one more going up.
    public var layersPerBlock: [Int]
    /// Heads of each level (diffusers calls it `attention_head_dim`, a historic misnomer).
    public var heads: [Int]
    /// Transformer blocks in each attention of a level.
    public var transformerLayers: [Int]
    public var crossAttentionWidth: Int
    public var useLinearProjection: Bool
    public var normGroups: Int
    public var normEpsilon: Float
    public var flipSinToCos: Bool
    public var frequencyShift: Float

    public init(
        sampleSize: Int, inChannels: Int, outChannels: Int, blockOutChannels: [Int],
        attentionLevels: [Bool], layersPerBlock: [Int], heads: [Int],
        transformerLayers: [Int]? = nil,
        crossAttentionWidth: Int, useLinearProjection: Bool = false, normGroups: Int = 32,
        normEpsilon: Float = 1e-5, flipSinToCos: Bool = true, frequencyShift: Float = 0
    ) {
        self.sampleSize = sampleSize
        self.inChannels = inChannels
        self.outChannels = outChannels
        self.blockOutChannels = blockOutChannels
        self.attentionLevels = attentionLevels
        self.layersPerBlock = layersPerBlock
        self.heads = heads
        self.transformerLayers = transformerLayers ?? blockOutChannels.map { _ in 1 }
        self.crossAttentionWidth = crossAttentionWidth
        self.useLinearProjection = useLinearProjection
        self.normGroups = normGroups
        self.normEpsilon = normEpsilon
        self.flipSinToCos = flipSinToCos
        self.frequencyShift = frequencyShift
    }

    /// Reads `unet/config.json`.
    ///
    /// - Throws: `FileError` naming a field that is of another type, inconsistent, or asks for what is not supported.
    public init(_ json: JSONField) throws(FileError) {
        try Self.refuseUnsupported(json)
        let widths = try json["block_out_channels"].ints()
        let down = try json["down_block_types"].strings()
        guard !widths.isEmpty, down.count == widths.count else {
            throw json["down_block_types"].error(
                "one type for each of \(widths.count) block_out_channels")
        }
        for type in down where !["CrossAttnDownBlock2D", "DownBlock2D"].contains(type) {
            throw json["down_block_types"].error("CrossAttnDownBlock2D, DownBlock2D")
        }
        let attention = down.map { $0 == "CrossAttnDownBlock2D" }
        let mirrored = attention.reversed().map { $0 ? "CrossAttnUpBlock2D" : "UpBlock2D" }
        guard try json["up_block_types"].strings() == mirrored else {
            throw json["up_block_types"].error("the mirror image of down_block_types, \(mirrored)")
        }
        let heads =
            json["num_attention_heads"].exists
            ? json["num_attention_heads"] : json["attention_head_dim"]
        try self.init(
            sampleSize: json["sample_size"].int(or: 64), inChannels: json["in_channels"].int(or: 4),
            outChannels: json["out_channels"].int(or: 4), blockOutChannels: widths,
            attentionLevels: attention,
            layersPerBlock: Self.perLevel(json["layers_per_block"], widths.count, or: 2),
            heads: Self.perLevel(heads, widths.count, or: 8),
            transformerLayers: Self.perLevel(
                json["transformer_layers_per_block"], widths.count, or: 1),
            crossAttentionWidth: json["cross_attention_dim"].int(or: 1280),
            useLinearProjection: json["use_linear_projection"].bool(or: false),
            normGroups: json["norm_num_groups"].int(or: 32),
            normEpsilon: Float(json["norm_eps"].double(or: 1e-5)),
            flipSinToCos: json["flip_sin_to_cos"].bool(or: true),
            frequencyShift: Float(json["freq_shift"].double(or: 0)))
        try check(json)
    }

    /// A number for each level, given as one number or a list.
    private static func perLevel(_ json: JSONField, _ levels: Int, or standard: Int)
        throws(FileError) -> [Int]
    {
        guard json.exists else { return [Int](repeating: standard, count: levels) }
        if case .array = json.value {
            let list = try json.ints()
            guard list.count == levels, list.allSatisfy({ $0 > 0 }) else {
                throw json.error("a positive number, or one for each of \(levels) levels")
            }
            return list
        }
        let value = try json.int()
        guard value > 0 else { throw json.error("a positive number") }
        return [Int](repeating: value, count: levels)
    }

    private func check(_ json: JSONField) throws(FileError) {
        for (name, value) in [
            ("in_channels", inChannels), ("out_channels", outChannels),
            ("norm_num_groups", normGroups),
            ("cross_attention_dim", crossAttentionWidth), ("sample_size", sampleSize),
        ] where value < 1 { throw json[name].error("a positive number") }
        for (width, heads) in zip(blockOutChannels, heads) {
            guard width > 0, width % normGroups == 0, width % heads == 0 else {
                throw json["block_out_channels"].error(
                    "widths divisible by norm_num_groups (\(normGroups)) and by the level's heads (\(heads))"
                )
            }
        }
    }

    /// Options that would change the result silently if they were ignored.
    private static func refuseUnsupported(_ json: JSONField) throws(FileError) {
        for name in [
            "addition_embed_type", "class_embed_type", "encoder_hid_dim_type", "encoder_hid_dim",
            "num_class_embeds", "time_cond_proj_dim", "time_embedding_act_fn", "timestep_post_act",
            "mid_block_scale_factor_override", "cross_attention_norm", "time_embedding_dim",
            "addition_time_embed_dim", "projection_class_embeddings_input_dim",
        ] where json[name].exists { throw json[name].error("null") }
        for name in [
            "dual_cross_attention", "class_embeddings_concat", "only_cross_attention",
            "mid_block_only_cross_attention", "center_input_sample", "resnet_skip_time_act",
        ] where try json[name].bool(or: false) { throw json[name].error("false") }
        for (name, accepted) in [
            ("mid_block_type", "UNetMidBlock2DCrossAttn"), ("resnet_time_scale_shift", "default"),
            ("time_embedding_type", "positional"), ("attention_type", "default"),
        ] where try json[name].string(or: accepted) != accepted { throw json[name].error(accepted) }
        guard ["silu", "swish"].contains(try json["act_fn"].string(or: "silu")) else {
            throw json["act_fn"].error("silu")
        }
        for (name, accepted) in [
            ("downsample_padding", 1), ("conv_in_kernel", 3), ("conv_out_kernel", 3),
        ]
        where try json[name].int(or: accepted) != accepted { throw json[name].error("\(accepted)") }
    }
}
