import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// A file of trained changes that diffusers, AUTOMATIC1111, ComfyUI and `--lora` read.
struct LoRAFile {
    let settings: LoRASettings
    /// Of the model it was trained on: has a second text encoder or not, and the U-Net's context.
    let isXL: Bool
    let contextWidth: Int
    /// What there is to tell of the run, in kohya's words (`ss_…`).
    var remarks: [String: String] = [:]

    /// Writes the file, whole or not at all.
    ///
    /// - Parameter weights: As ``LoRAAdapters`` names them.
    func write(_ weights: [String: Tensor], to path: String) throws {
        var tensors: [String: Tensor] = [:]
        let scale = settings.alpha / Float(settings.rank)
        for (name, tensor) in weights {
            let isDown = name.hasSuffix(".lora_A.weight")
            let module = String(name.dropLast(".lora_A.weight".count))
            switch settings.dialect {
            case .diffusers: tensors[name] = isDown ? tensor : tensor * scale
            case .kohya:
                let own = kohyaName(module)
                tensors["\(own).\(isDown ? "lora_down" : "lora_up").weight"] = tensor
                tensors["\(own).alpha"] = Tensor([settings.alpha], shape: [])
            }
        }
        if !path.parentPath.isEmpty { try makeFolder(path.parentPath) }
        try Checkpoint.save(tensors, to: path, metadata: metadata)
    }

    /// `unet.mid_block.…` is `lora_unet_mid_block_…`.
    private func kohyaName(_ module: String) -> String {
        let starts =
            isXL
            ? [("unet.", "unet"), ("text_encoder_2.", "te2"), ("text_encoder.", "te1")]
            : [("unet.", "unet"), ("text_encoder.", "te")]
        for (start, short) in starts where module.hasPrefix(start) {
            return "lora_\(short)_"
                + module.dropFirst(start.count).split(separator: ".").joined(separator: "_")
        }
        preconditionFailure("\(module) is of no component that changes")
    }

    private var metadata: [String: String] {
        let known = [768: "sd_v1", 1024: "sd_v2", 2048: "sdxl_base_v1-0"]
        var all = remarks
        all["format"] = "pt"
        all["ss_network_module"] = "networks.lora"
        all["ss_network_dim"] = "\(settings.rank)"
        all["ss_network_alpha"] = "\(settings.alpha)"
        if let base = known[contextWidth] { all["ss_base_model_version"] = base }
        return all
    }
}
