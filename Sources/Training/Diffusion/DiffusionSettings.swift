import PinxitFiles

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
    /// Of sample sheets, and what is usual for the finished model.
    var guidanceScale: Float

    init(_ s: SettingsReader) throws {
        pictures = try s.pictures(or: 60_000, kept: "latents")
        captionDropout = try s.captionDropout(or: 0.1)
        trainsText = try s.bool(
            "train_text_encoder", or: false,
            "Whether the text tower learns with the U-Net, or stays as CLIP left it.")
        timeMean = try s.timeMean()
        pairRepetitions = try s.pairRepetitions()
        layoutWeight = try s.layoutWeight("the text tower")
        guidanceScale = try s.guidanceScale(or: 3.5)
        try s.finish()
    }
}

/// Settings that several stages have.
extension SettingsReader {
    /// - Parameter kept: What is made of each picture.
    func pictures(or standard: Int, kept: String, upTo limit: Int = 10_000_000) throws -> Int {
        try int(
            "pictures", or: standard, in: 64...limit,
            "Training pictures, whose \(kept) are made once and kept.")
    }

    func captionDropout(or standard: Double) throws -> Float {
        try float(
            "caption_dropout", or: standard, in: .share,
            "How often a caption is replaced by the empty one, for guidance.")
    }

    func guidanceScale(or standard: Double) throws -> Float {
        try float(
            "guidance_scale", or: standard, in: NumberRange(0...100),
            "Guidance of sample sheets, and the usual one of the finished model.")
    }

    func timeMean() throws -> Float {
        try float(
            "time_mean", or: 0, in: NumberRange(-100...100),
            "Mean of the times' logits: above 0 more of the work goes to noisy latents.")
    }

    /// The texts that sample sheets are painted for.
    func prompts() throws -> [String] {
        try strings(
            "prompts", or: [], count: 0...256, "The texts that sample sheets are painted for.")
    }
}
