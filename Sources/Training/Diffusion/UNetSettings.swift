import PinxitFiles
import PinxitStableDiffusion

extension UNetConfiguration {
    /// The U-Net of a training configuration, for an autoencoder and a text tower.
    init(training s: SettingsReader, latentChannels: Int, contextWidth: Int) throws {
        let widths = try s.ints("block_out_channels", or: [64, 128, 192])
        let attention = try s.ints("attention_levels", or: [1, 2])
        let layers = try s.int("layers_per_block", or: 1, in: 1...8)
        let heads = try s.int("heads", or: 4, in: 1...64)
        self.init(
            sampleSize: try s.int("sample_size", or: 16, in: 4...512), inChannels: latentChannels,
            outChannels: latentChannels, blockOutChannels: widths,
            attentionLevels: widths.indices.map { attention.contains($0) },
            layersPerBlock: widths.map { _ in layers }, heads: widths.map { _ in heads },
            crossAttentionWidth: contextWidth,
            useLinearProjection: try s.bool("use_linear_projection", or: true),
            normGroups: try s.int("norm_num_groups", or: 16, in: 1...512))
    }

    /// The configuration as diffusers writes it.
    var json: JSONValue {
        func list(_ values: [Int]) -> JSONValue { .array(values.map { .integer($0) }) }
        func types(_ levels: some Sequence<Bool>, _ direction: String) -> JSONValue {
            .array(levels.map { .string("\($0 ? "CrossAttn" : "")\(direction)Block2D") })
        }
        return [
            "_class_name": "UNet2DConditionModel", "_diffusers_version": DiffusersFiles.version,
            "sample_size": .integer(sampleSize), "in_channels": .integer(inChannels),
            "out_channels": .integer(outChannels), "block_out_channels": list(blockOutChannels),
            "down_block_types": types(attentionLevels, "Down"),
            "mid_block_type": "UNetMidBlock2DCrossAttn",
            "up_block_types": types(attentionLevels.reversed(), "Up"),
            "layers_per_block": .integer(layersPerBlock[0]),
            "attention_head_dim": .integer(heads[0]),
            "cross_attention_dim": .integer(crossAttentionWidth),
            "class_embed_type": classEmbeddingWidth == nil ? nil : "projection",
            "projection_class_embeddings_input_dim":
                classEmbeddingWidth.map { .integer($0) } ?? .null,
            "use_linear_projection": .bool(useLinearProjection),
            "norm_num_groups": .integer(normGroups), "norm_eps": .number(Double(normEpsilon)),
            "act_fn": "silu", "center_input_sample": false, "flip_sin_to_cos": .bool(flipSinToCos),
            "freq_shift": .integer(Int(frequencyShift)), "downsample_padding": 1,
        ]
    }
}
