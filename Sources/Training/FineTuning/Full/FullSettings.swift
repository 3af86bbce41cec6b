import PinxitFiles

/// What the recipe of the `finetune` stage says beside the data and the optimisation.
struct FullSettings {
    /// What other stages of fine-tuning have too.
    var common: FineTuningSettings
    /// Whether text encoders learn too.
    let trainsText: Bool

    init(_ s: SettingsReader) throws {
        trainsText = try s.bool(
            "train_text_encoder", or: false, "Whether text encoders learn with the U-Net.")
        common = try FineTuningSettings(s)
        common.prior = try FineTuningSettings.Prior(s)
        try s.finish()
    }

    /// Whether all weights of a component learn.
    func learns(_ component: String) -> Bool {
        component == "unet" || trainsText && component.hasPrefix("text_encoder")
    }
}
