/// What the configuration of the `diffusion` stage says beside sizes and optimisation.
struct DiffusionSettings {
    /// Pictures whose latents are kept.
    var pictures: Int
    /// How often a caption is replaced by the empty one, for guidance.
    var captionDropout: Float
    /// Whether the text tower learns with the U-Net, or stays as CLIP left it.
    var trainsText: Bool
    /// Mean of the times' logits. Above 0 more of the work goes to noisy latents, where it is
    /// decided what lies where.
    var timeMean: Float
    /// How often a picture of two things comes for each time another comes: which lies where is
    /// learnt last.
    var pairRepetitions: Int
    /// Weight of the ``LayoutHead``'s loss beside the flow's, 0 for none; the text tower must learn
    /// for it to matter.
    var layoutWeight: Float

    init(_ s: SettingsReader) throws {
        pictures = try s.int("pictures", or: 60_000, in: 64...10_000_000)
        captionDropout = try s.float("caption_dropout", or: 0.1)
        trainsText = try s.bool("train_text_encoder", or: false)
        timeMean = try s.float("time_mean", or: 0)
        pairRepetitions = try s.int("pair_repetitions", or: 1, in: 1...100)
        layoutWeight = try s.float("layout_weight", or: 0)
        try s.finish()
    }
}
