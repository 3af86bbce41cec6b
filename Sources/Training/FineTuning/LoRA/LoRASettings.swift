import PinxitFiles

/// What the recipe of the `lora` stage says beside the data and the optimisation.
struct LoRASettings {
    /// What other stages of fine-tuning have too.
    var common: FineTuningSettings
    /// The rank of changes, and how much they count: they are added alpha / rank times.
    var rank: Int, alpha: Float
    /// The same of convolutions with a kernel larger than 1x1.
    var convRank: Int, convAlpha: Float
    /// DoRA: lengths of rows are learnt apart from their directions.
    var learnsLengths: Bool
    /// Which layers change.
    var layers: Layers
    /// Whether text encoders change too.
    var trainsText: Bool
    /// How the file names its tensors.
    var dialect: Dialect

    enum Layers: String, CaseIterable {
        /// Queries, keys, values and outputs of attention.
        case attention
        /// Every layer of transformers that is linear, or a 1x1 convolution.
        case transformer
        /// What is in residual blocks and between levels too: LoCon.
        case everything
    }

    enum Dialect: String, CaseIterable {
        /// `lora_unet_…lora_down.weight` with alphas.
        case kohya
        /// `unet.….lora_A.weight`, alphas multiplied in.
        case diffusers
    }

    init(_ s: SettingsReader) throws {
        rank = try s.int("rank", or: 8, in: 1...1024, "The rank of every change.")
        alpha = try s.float(
            "alpha", or: 8, in: .positive, "Changes are added alpha / rank times.")
        layers = try s.choice(
            "layers", or: .attention,
            "Which layers change: queries, keys, values and outputs of attention; every linear layer "
                + "of transformers; or everything, LoCon: those, and what is in residual blocks and "
                + "between levels.")
        convRank = try s.int(
            "conv_rank", or: 4, in: 1...1024,
            "The rank of the changes of 3x3 convolutions, with everything.")
        convAlpha = try s.float(
            "conv_alpha", or: 4, in: .positive, "Those are added conv_alpha / conv_rank times.")
        learnsLengths = try s.bool(
            "dora", or: false,
            "DoRA (Liu et al. 2024): the lengths of a weight's rows are learnt apart from their "
                + "directions, which learns more with the same rank and takes longer.")
        trainsText = try s.bool(
            "train_text_encoder", or: false, "Whether text encoders change with the U-Net.")
        common = try FineTuningSettings(s)
        common.prior = try FineTuningSettings.Prior(s)
        dialect = try s.choice(
            "dialect", or: .kohya,
            "How the file names its tensors: as kohya's trainers, for AUTOMATIC1111, ComfyUI and "
                + "diffusers, or as diffusers and PEFT.")
        try s.finish()
        try checkUse(s)
    }

    /// Refuses what would do nothing.
    private func checkUse(_ s: SettingsReader) throws(FileError) {
        for name in ["conv_rank", "conv_alpha"]
        where s.field[name].exists && layers != .everything && !s.record.isDescribing {
            throw FileError(
                path: s.field.file, field: s.field[name].path,
                problem: "is of convolutions, which change with layers \"everything\" only")
        }
    }

    /// Rank and alpha of a change.
    ///
    /// - Parameter kernel: The side of a convolution's kernel; 1 of a linear layer.
    func size(kernel: Int) -> (rank: Int, alpha: Float) {
        kernel > 1 ? (convRank, convAlpha) : (rank, alpha)
    }

    /// Whether a layer of that name changes.
    func learns(_ module: String) -> Bool {
        let isUNet = module.hasPrefix("unet.")
        guard isUNet || trainsText && module.hasPrefix("text_encoder") else { return false }
        return (isUNet ? ofUNet : ofText).contains { place, endings in
            module.contains(place) && endings.contains(where: module.hasSuffix)
        }
    }

    private var ofText: [(String, [String])] {
        let attention = [".q_proj", ".k_proj", ".v_proj", ".out_proj"]
        return [(".layers.", layers == .attention ? attention : attention + [".fc1", ".fc2"])]
    }

    private var ofUNet: [(String, [String])] {
        let attention = [".to_q", ".to_k", ".to_v", ".to_out.0"]
        let transformer = attention + [".proj_in", ".proj_out", ".net.0.proj", ".net.2"]
        let residual = [".conv1", ".conv2", ".conv_shortcut", ".time_emb_proj"]
        return switch layers {
        case .attention: [(".attentions.", attention)]
        case .transformer: [(".attentions.", transformer)]
        case .everything:
            [
                (".attentions.", transformer), (".resnets.", residual),
                (".downsamplers.", [".conv"]), (".upsamplers.", [".conv"]),
            ]
        }
    }
}
