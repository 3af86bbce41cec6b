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
}
