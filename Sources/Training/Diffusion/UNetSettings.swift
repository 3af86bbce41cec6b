import PinxitFiles
import PinxitStableDiffusion

extension UNetConfiguration {
    /// The U-Net of a training configuration, for an autoencoder and a text tower.
    ///
    /// - Parameter classEmbeddingWidth: Features of the vector that it is given beside the text, if
    ///   any.
    init(
        training s: SettingsReader, latentChannels: Int, contextWidth: Int,
        classEmbeddingWidth: Int? = nil
    ) throws {
        let side = try s.int(
            "sample_size", or: 16, in: 1...512,
            "The side of the latents: that of the pictures through the autoencoder.")
        let widths = try s.ints(
            "block_out_channels", or: [64, 128, 192], each: 4...16384,
            "Channels of each level, the largest map first; every level but the last halves it.")
        let attention = try s.ints(
            "attention_levels", or: [1, 2], count: 0...16, each: 0...15,
            "Levels with attention to the text, counted from 0.")
        let layers = try s.int(
            "layers_per_block", or: 1, in: 1...8, "Residual blocks of each level.")
        let heads = try s.int(
            "heads", or: 4, in: 1...64,
            "Attention heads; they divide the channels of levels with attention and of the last.")
        let isLinear = try s.bool(
            "use_linear_projection", or: true,
            "Whether attention's projections are matrices and not 1x1 convolutions.")
        let groups = try s.int(
            "norm_num_groups", or: 16, in: 1...512,
            "Groups of all norms; they divide the channels of every level.")
        try s.finish()
        // The usual levels are for three widths; only those that were asked for must be there.
        for level in attention where level >= widths.count && s.field["attention_levels"].exists {
            throw s.field["attention_levels"].unsupported(
                "\(level)", ["levels from 0 to \(widths.count - 1)"])
        }
        var configuration = UNetConfiguration(
            sampleSize: side, inChannels: latentChannels, outChannels: latentChannels,
            blockOutChannels: widths, attentionLevels: widths.indices.map(attention.contains),
            layersPerBlock: widths.map { _ in layers }, heads: widths.map { _ in heads },
            crossAttentionWidth: contextWidth, useLinearProjection: isLinear, normGroups: groups)
        configuration.classEmbeddingWidth = classEmbeddingWidth
        self = try s.readBack(
            configuration.json, names: ["attention_head_dim": "heads"], UNetConfiguration.init)
    }

    /// Numbers of one sample that are certainly held in training: the maps of the first level.
    var numbersHeld: Int { numbersHeld(side: sampleSize) }

    /// The same of latents of another side.
    func numbersHeld(side: Int) -> Int { side * side * blockOutChannels[0] * 2 }
}
