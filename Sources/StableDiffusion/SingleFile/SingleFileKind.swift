import PinxitFiles

/// What a file that holds a whole model, or a part of one, is: told from keys, never guessed.
public enum SingleFileKind: String, Sendable, CaseIterable {
    case stableDiffusion1 = "Stable Diffusion 1"
    case stableDiffusion2 = "Stable Diffusion 2"
    case sdxl = "SDXL"
    case sdxlRefiner = "SDXL refiner"
    /// Only the network that denoises.
    case unet = "U-Net"
    /// Only an autoencoder.
    case autoencoder = "autoencoder"

    /// Whether it can paint alone.
    public var isWhole: Bool { self != .unet && self != .autoencoder }

    static let unetPrefix = "model.diffusion_model."
    static let autoencoderPrefix = "first_stage_model."

    /// - Throws: `FileError` saying what was found instead.
    package init(keys: Set<String>, file: String) throws(FileError) {
        let conv = "input_blocks.0.0.weight"
        if keys.contains(Self.unetPrefix + conv) {
            self = try Self.whole(keys, file: file)
        } else if !ControlNetFile.isNamed(keys),
            keys.contains(conv) || keys.contains("down_blocks.0.resnets.0.conv1.weight")
        {
            self = .unet
        } else if Self.other(keys) == nil, Self.isAutoencoder(keys) {
            self = .autoencoder
        } else {
            throw FileError(
                path: file,
                problem: "is \(Self.other(keys) ?? Self.unknown(keys)); a checkpoint of Stable "
                    + "Diffusion 1, 2 or XL, its U-Net or its autoencoder is accepted")
        }
    }

    static let autoencoderStarts = ["", "first_stage_model.", "vae."]

    private static func isAutoencoder(_ keys: Set<String>) -> Bool {
        keys.contains("decoder.layers.0.weight")
            || autoencoderStarts.contains { keys.contains($0 + "decoder.conv_in.weight") }
    }

    private static func whole(
        _ keys: Set<String>, file: String
    ) throws(FileError) -> SingleFileKind {
        func has(_ prefix: String) -> Bool { keys.contains { $0.hasPrefix(prefix) } }
        if has("conditioner.embedders.1.model.") { return .sdxl }
        if has("conditioner.embedders.0.model.") {
            // Stable Diffusion 2 is written so too, whose U-Net is told nothing beside the text.
            return has(unetPrefix + "label_emb.") ? .sdxlRefiner : .stableDiffusion2
        }
        if has("cond_stage_model.model.") { return .stableDiffusion2 }
        if has("cond_stage_model.transformer.") { return .stableDiffusion1 }
        return .unet
    }

    /// What a file of another kind is, where its keys tell.
    static func other(_ keys: Set<String>) -> String? {
        func has(_ part: String) -> Bool { keys.contains { $0.contains(part) } }
        if T2IAdapterFile.isNamed(keys) { return "a T2I-Adapter, which --controlnet takes" }
        let kinds = [
            ("joint_blocks.", "Stable Diffusion 3"), ("double_blocks.", "FLUX"),
            ("lora_controlnet", "a Control-LoRA"),
            ("control_model.", "a ControlNet, which --controlnet takes"),
            ("controlnet_", "a ControlNet, which --controlnet takes"),
            ("input_hint_block.", "a ControlNet, which --controlnet takes"),
            ("lora_", "a LoRA, which --lora takes"), (".lora", "a LoRA, which --lora takes"),
            ("hada_w1", "a LoRA, which --lora takes"), ("lokr_w", "a LoRA, which --lora takes"),
            ("oft_blocks", "a LoRA, which --lora takes"),
            (".on_input", "a LoRA, which --lora takes"),
            ("emb_params", "a textual inversion, which --embedding takes"),
            ("clip_g", "a textual inversion, which --embedding takes"),
            ("cap_embedder", "Z-Image or Lumina"), ("text_model.", "a text encoder"),
            ("ip_adapter", "an IP-Adapter, which --ip-adapter takes"),
            ("transformer_blocks.0.norm1.linear.", "FLUX or SD 3"),
            ("string_to_param", "a textual inversion, which --embedding takes"),
            ("RRDB_trunk.", "an upscaler, which --upscaler takes"),
            (".rdb1.conv1", "an upscaler, which --upscaler takes"),
            (".RDB1.conv1", "an upscaler, which --upscaler takes"),
        ]
        return kinds.first { has($0.0) }?.1
    }

    /// The same of one whose keys tell nothing.
    static func unknown(_ keys: Set<String>) -> String {
        let some = keys.sorted().prefix(3).joined(separator: ", ")
        return keys.isEmpty ? "without tensors" : "of no kind that is known (\(some), …)"
    }
}
