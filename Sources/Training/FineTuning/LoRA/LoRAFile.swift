import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

/// A file of trained changes that diffusers, AUTOMATIC1111, ComfyUI and `--lora` read.
struct LoRAFile {
    let settings: LoRASettings
    /// Of the model it was trained on: has a second text encoder or not, and the U-Net's context.
    let isXL: Bool
    let contextWidth: Int
    /// What kohya's files call the U-Net's modules where it is not as diffusers does: SDXL's.
    var original: LDMNames?
    /// What there is to tell of the run, in kohya's words (`ss_…`).
    var remarks: [String: String] = [:]

    /// Writes the file, whole or not at all.
    ///
    /// - Parameter weights: As ``LoRAAdapters`` names them.
    func write(_ weights: [String: Tensor], to path: String) throws {
        var tensors: [String: Tensor] = [:]
        let ending = ".lora_A.weight"
        for (name, down) in weights where name.hasSuffix(ending) {
            let module = String(name.dropLast(ending.count))
            guard let up = weights["\(module).lora_B.weight"] else {
                preconditionFailure("\(name) is without its way up")
            }
            tensors.merge(
                written(
                    module, down: down, up: up,
                    lengths: weights["\(module).lora_magnitude_vector"])
            ) { first, _ in first }
        }
        if !path.parentPath.isEmpty { try makeFolder(path.parentPath) }
        try Checkpoint.save(tensors, to: path, metadata: metadata)
    }

    /// What the file holds of one module. Of a convolution all that is learnt is shaped as one.
    private func written(
        _ module: String, down: Tensor, up: Tensor, lengths: Tensor?
    ) -> [String: Tensor] {
        let kernel = down.rank == 4 ? [1, 1] : []
        let (rank, alpha) = settings.size(kernel: down.rank == 4 ? down.shape[3] : 1)
        let up = up.reshaped(Shape([up.shape[0], rank] + kernel))
        switch settings.dialect {
        case .diffusers:
            let start = kernel.isEmpty ? [] : [1]
            return [
                "\(module).lora_A.weight": down,
                "\(module).lora_B.weight": up * (alpha / Float(rank)),
                "\(module).lora_magnitude_vector": lengths?.reshaped(
                    Shape(start + [up.shape[0]] + kernel)),
            ].compactMapValues(\.self)
        case .kohya:
            let own = kohyaName(module)
            return [
                "\(own).lora_down.weight": down, "\(own).lora_up.weight": up,
                "\(own).alpha": Tensor([alpha], shape: []),
                "\(own).dora_scale": lengths?.reshaped(Shape([up.shape[0], 1] + kernel)),
            ].compactMapValues(\.self)
        }
    }

    /// `unet.mid_block.…` is `lora_unet_mid_block_…`, and of SDXL `lora_unet_middle_block_…`.
    private func kohyaName(_ module: String) -> String {
        let starts =
            isXL
            ? [("unet.", "unet"), ("text_encoder_2.", "te2"), ("text_encoder.", "te1")]
            : [("unet.", "unet"), ("text_encoder.", "te")]
        for (start, short) in starts where module.hasPrefix(start) {
            let path = String(module.dropFirst(start.count))
            let name = (short == "unet" ? original?.name(of: path) : nil) ?? path
            return "lora_\(short)_" + name.split(separator: ".").joined(separator: "_")
        }
        preconditionFailure("\(module) is of no component that changes")
    }

    private var metadata: [String: String] {
        let known = [768: "sd_v1", 1024: "sd_v2", 2048: "sdxl_base_v1-0"]
        var all = remarks
        all["format"] = "pt"
        all["ss_network_module"] = settings.learnsLengths ? "lycoris.kohya" : "networks.lora"
        all["ss_network_args"] = networkArguments
        all["ss_network_dim"] = "\(settings.rank)"
        all["ss_network_alpha"] = "\(settings.alpha)"
        if let base = known[contextWidth] { all["ss_base_model_version"] = base }
        // By this AUTOMATIC1111 knows those of 2.x.
        all["ss_v2"] = contextWidth == 1024 ? "True" : "False"
        return all
    }

    /// JSON, whose values are texts as on kohya's command line.
    private var networkArguments: String? {
        var arguments: [JSONMember] = []
        if settings.layers == .everything {
            arguments.append(JSONMember("conv_dim", .string("\(settings.convRank)")))
            arguments.append(JSONMember("conv_alpha", .string("\(settings.convAlpha)")))
        }
        if settings.learnsLengths {
            arguments += [JSONMember("algo", "lora"), JSONMember("dora_wd", "True")]
        }
        return arguments.isEmpty ? nil : JSONValue.object(arguments).encoded(indented: false)
    }
}
