import PinxitFiles

/// What the recipe of the `lora` stage says beside the data and the optimisation.
struct LoRASettings {
    /// Pictures whose latents are kept.
    var pictures: Int
    /// The rank of every change.
    var rank: Int
    /// Changes are added alpha / rank times.
    var alpha: Float
    /// Which layers change.
    var layers: Layers
    /// Whether text encoders change too.
    var trainsText: Bool
    var captionDropout: Float
    /// Of flows: the mean of the times' logits.
    var timeMean: Float
    /// Hang et al. 2023; 0 for none.
    var minSNR: Float
    /// Noise that is the same for all of a channel, beside the usual; 0 for none.
    var offsetNoise: Float
    /// The folder of DreamBooth's prior pictures, or empty.
    var priorPictures: String
    /// Weight of their loss.
    var priorWeight: Float
    /// How the file names its tensors.
    var dialect: Dialect

    enum Layers: String, CaseIterable {
        /// Queries, keys, values and outputs of attention.
        case attention
        /// Every linear layer of transformers.
        case transformer
    }

    enum Dialect: String, CaseIterable {
        /// `lora_unet_…lora_down.weight` with alphas.
        case kohya
        /// `unet.….lora_A.weight`, alphas multiplied in.
        case diffusers
    }

    init(_ s: SettingsReader) throws {
        pictures = try s.pictures(or: 10_000, kept: "latents")
        rank = try s.int("rank", or: 8, in: 1...1024, "The rank of every change.")
        alpha = try s.float(
            "alpha", or: 8, in: .positive, "Changes are added alpha / rank times.")
        layers = try s.choice(
            "layers", or: .attention,
            "Which layers change: queries, keys, values and outputs of attention, or every linear "
                + "layer of transformers.")
        trainsText = try s.bool(
            "train_text_encoder", or: false, "Whether text encoders change with the U-Net.")
        captionDropout = try s.captionDropout(or: 0)
        timeMean = try s.timeMean()
        minSNR = try s.float(
            "min_snr", or: 0, in: .notNegative,
            "Gamma of the min-SNR weights of the loss (Hang et al. 2023), usually 5; 0 for none. Not "
                + "for flows.")
        offsetNoise = try s.float(
            "offset_noise", or: 0, in: .notNegative,
            "Deviation of noise that is the same for all of a channel, usually 0.05, so that pictures "
                + "may become lighter and darker; 0 for none.")
        priorPictures = try s.string(
            "prior_pictures", or: "",
            "DreamBooth: a folder of pictures of other things of the kind, each step as many of which "
                + "keep the model as it is; empty for none.")
        priorWeight = try s.float(
            "prior_weight", or: 1, in: .notNegative, "Weight of the loss of the prior pictures.")
        dialect = try s.choice(
            "dialect", or: .kohya,
            "How the file names its tensors: as kohya's trainers, for AUTOMATIC1111, ComfyUI and "
                + "diffusers, or as diffusers and PEFT.")
        try s.finish()
    }

    /// Whether a layer of that name changes.
    func learns(_ module: String) -> Bool {
        let isText = module.hasPrefix("text_encoder")
        guard isText || module.hasPrefix("unet.") else { return false }
        guard !isText || trainsText else { return false }
        let attention =
            isText
            ? [".q_proj", ".k_proj", ".v_proj", ".out_proj"]
            : [".to_q", ".to_k", ".to_v", ".to_out.0"]
        let others =
            isText ? [".fc1", ".fc2"] : [".proj_in", ".proj_out", ".net.0.proj", ".net.2"]
        let place = isText ? ".layers." : ".attentions."
        return module.contains(place)
            && (layers == .attention ? attention : attention + others).contains(
                where: module.hasSuffix)
    }
}
