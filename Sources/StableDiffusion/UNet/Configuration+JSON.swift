import PinxitCheckpoints
import PinxitFiles

extension UNetConfiguration {
    /// Reads `unet/config.json`. Absent fields have the values diffusers gives them.
    ///
    /// - Throws: `FileError` naming a field that is of another type, inconsistent, or asks for what
    ///   is not supported.
    public init(_ json: JSONField) throws(FileError) {
        let widths = try json["block_out_channels"].sizes(or: [320, 640, 1280, 1280])
        let levels = widths.count
        let headsField =
            json["num_attention_heads"].exists ? "num_attention_heads" : "attention_head_dim"
        try self.init(
            sampleSize: Self.sampleSize(json), inChannels: json["in_channels"].size(or: 4),
            outChannels: json["out_channels"].size(or: 4), blockOutChannels: widths,
            attentionLevels: Self.attentionLevels(json["down_block_types"], "Down", levels)
                ?? (0..<levels).map { $0 < levels - 1 },
            layersPerBlock: json["layers_per_block"].sizes(count: levels, or: 2, in: 1...64),
            heads: json[headsField].sizes(count: levels, or: 8),
            crossAttentionWidth: Self.sameSize(json["cross_attention_dim"], or: 1280),
            useLinearProjection: json["use_linear_projection"].bool(or: false),
            normGroups: json["norm_num_groups"].size(or: 32),
            normEpsilon: Float(json["norm_eps"].positive(or: 1e-5)),
            flipSinToCos: json["flip_sin_to_cos"].bool(or: true),
            frequencyShift: Float(json["freq_shift"].size(or: 0, in: 0...1)))
        if let up = try Self.attentionLevels(json["up_block_types"], "Up", levels) {
            upAttentionLevels = up.reversed()
        }
        try readTransformerLayers(json)
        timeEmbeddingWidth = try json["time_embedding_dim"].size(or: 4 * widths[0], in: 1...65536)
        midBlock = try Self.midBlock(json["mid_block_type"])
        classEmbeddingWidth = try Self.classEmbeddingWidth(json)
        textTime = try Self.textTime(json)
        if json["time_cond_proj_dim"].exists {
            guidanceWidth = try json["time_cond_proj_dim"].size(or: 1)
        }
        try Self.refuseUnsupported(json)
        try check(json, headsField)
    }

    /// One size, or a list of the same for every level.
    private static func sameSize(_ field: JSONField, or fallback: Int) throws(FileError) -> Int {
        guard case .array = field.value else { return try field.size(or: fallback) }
        let sizes = try field.sizes(or: [])
        guard Set(sizes).count == 1 else {
            throw field.unsupported("\(sizes)", ["one number, or a list of equal ones"])
        }
        return sizes[0]
    }

    /// In the order of the file; nil where it does not say.
    private static func attentionLevels(
        _ types: JSONField, _ direction: String, _ levels: Int
    ) throws(FileError) -> [Bool]? {
        guard types.exists else { return nil }
        let attending = "CrossAttn\(direction)Block2D"
        var attention: [Bool] = []
        for field in try types.array() {
            try field.require(attending, "\(direction)Block2D")
            attention.append(try field.string() == attending)
        }
        guard attention.count == levels else {
            throw types.unsupported(
                "a list of \(attention.count)", ["one type for each of \(levels) widths"])
        }
        return attention
    }

    /// A field that is null means no block; one that is absent means the usual block.
    private static func midBlock(_ json: JSONField) throws(FileError) -> MidBlock {
        if case .null = json.value { return .none }
        try json.require("UNetMidBlock2DCrossAttn", "UNetMidBlock2D")
        return try json.string(or: "UNetMidBlock2DCrossAttn") == "UNetMidBlock2D"
            ? .plain : .crossAttention
    }

    private static func classEmbeddingWidth(_ json: JSONField) throws(FileError) -> Int? {
        guard json["class_embed_type"].exists else { return nil }
        try json["class_embed_type"].require("projection")
        _ = try json["projection_class_embeddings_input_dim"].int()
        return try json["projection_class_embeddings_input_dim"].size(or: 0)
    }

    private static func textTime(_ json: JSONField) throws(FileError) -> TextTime? {
        try json["addition_embed_type"].require("text_time")
        guard json["addition_embed_type"].exists else { return nil }
        let (input, time) = (
            json["projection_class_embeddings_input_dim"], json["addition_time_embed_dim"]
        )
        for field in [input, time] { _ = try field.int() }
        return TextTime(inputWidth: try input.size(or: 1), timeWidth: try time.size(or: 1))
    }

    /// Files from before diffusers 0.9 may tell a wrong size below 64, which diffusers corrects
    /// too.
    private static func sampleSize(_ json: JSONField) throws(FileError) -> Int {
        let field = json["sample_size"]
        let size = try sameSize(field, or: 64)
        let version = try json["_diffusers_version"].string(or: "").split(separator: ".").map {
            Int($0) ?? 9
        }
        let isOld = version.count > 1 && version[0] == 0 && version[1] < 9
        return isOld ? max(size, 64) : size
    }

    private func check(_ json: JSONField, _ headsField: String) throws(FileError) {
        for (level, width) in blockOutChannels.enumerated() {
            if width % normGroups != 0 {
                throw json["norm_num_groups"].unsupported(
                    "\(normGroups)", ["a divisor of \(width)"])
            }
            let isDeepest = level == blockOutChannels.count - 1
            let attends =
                attentionLevels[level] || upAttentionLevels[level]
                || (isDeepest && midBlock == .crossAttention)
            if attends { try json[headsField].requireHeads(heads[level], of: width) }
        }
        if blockOutChannels[0] < 4 {
            throw json["block_out_channels"].unsupported(
                "\(blockOutChannels[0])", ["a first width of 4 or more"])
        }
    }

    /// Options that would change the result silently if they were ignored.
    private static func refuseUnsupported(_ json: JSONField) throws(FileError) {
        for name in [
            "num_class_embeds", "encoder_hid_dim", "encoder_hid_dim_type", "timestep_post_act",
            "time_embedding_act_fn", "cross_attention_norm",
        ] { try json[name].requireNull() }
        for name in [
            "dual_cross_attention", "resnet_skip_time_act", "class_embeddings_concat",
            "center_input_sample", "only_cross_attention", "mid_block_only_cross_attention",
        ] { try json[name].require(false) }
        for name in ["mid_block_scale_factor", "resnet_out_scale_factor", "downsample_padding"] {
            try json[name].require(1)
        }
        for name in ["conv_in_kernel", "conv_out_kernel"] { try json[name].require(3) }
        try json["act_fn"].require("silu", "swish")
        try json["resnet_time_scale_shift"].require("default")
        try json["time_embedding_type"].require("positional")
        try json["attention_type"].require("default")
    }
}

extension UNetConfiguration {
    /// The configuration as diffusers writes it, for `unet/config.json`; ``init(_:)`` reads it
    /// back.
    public var json: JSONValue {
        .object(
            [
                JSONMember("_class_name", "UNet2DConditionModel"),
                JSONMember("_diffusers_version", .string(DiffusersLayout.version)),
                JSONMember("sample_size", .integer(sampleSize)),
                JSONMember("in_channels", .integer(inChannels)),
                JSONMember("out_channels", .integer(outChannels)),
                JSONMember("block_out_channels", .array(blockOutChannels.map(JSONValue.integer))),
                JSONMember("down_block_types", Self.types(attentionLevels, "Down")),
                JSONMember("mid_block_type", midBlock.json),
                JSONMember("up_block_types", Self.types(upAttentionLevels.reversed(), "Up")),
                JSONMember("layers_per_block", Self.sizes(layersPerBlock)),
                JSONMember("attention_head_dim", Self.sizes(heads)),
                JSONMember("cross_attention_dim", .integer(crossAttentionWidth)),
                JSONMember("class_embed_type", classEmbeddingWidth == nil ? nil : "projection"),
                JSONMember(
                    "projection_class_embeddings_input_dim",
                    (textTime?.inputWidth ?? classEmbeddingWidth).map(JSONValue.integer) ?? .null),
                JSONMember("use_linear_projection", .bool(useLinearProjection)),
                JSONMember("norm_num_groups", .integer(normGroups)),
                JSONMember("norm_eps", .number(Double(normEpsilon))),
                JSONMember("act_fn", "silu"), JSONMember("center_input_sample", false),
                JSONMember("flip_sin_to_cos", .bool(flipSinToCos)),
                JSONMember("freq_shift", .integer(Int(frequencyShift))),
                JSONMember("downsample_padding", 1),
            ] + unusual)
    }

    /// Fields that most files lack: they are there if they are not what diffusers takes them to be.
    private var unusual: [JSONMember] {
        var members: [JSONMember] = []
        members += transformerMembers
        if let textTime {
            members.append(JSONMember("addition_embed_type", "text_time"))
            members.append(JSONMember("addition_time_embed_dim", .integer(textTime.timeWidth)))
        }
        if let guidanceWidth {
            members.append(JSONMember("time_cond_proj_dim", .integer(guidanceWidth)))
        }
        if timeEmbeddingWidth != 4 * blockOutChannels[0] {
            members.append(JSONMember("time_embedding_dim", .integer(timeEmbeddingWidth)))
        }
        return members
    }

    /// One number where all levels have the same, a list otherwise.
    private static func sizes(_ levels: [Int]) -> JSONValue {
        Set(levels).count == 1 ? .integer(levels[0]) : .array(levels.map(JSONValue.integer))
    }

    private static func types(_ attends: [Bool], _ direction: String) -> JSONValue {
        .array(attends.map { .string("\($0 ? "CrossAttn" : "")\(direction)Block2D") })
    }
}

extension UNetConfiguration.MidBlock {
    fileprivate var json: JSONValue {
        switch self {
        case .crossAttention: "UNetMidBlock2DCrossAttn"
        case .plain: "UNetMidBlock2D"
        case .none: .null
        }
    }
}
