import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors

extension SingleFile {
    /// The tensors whose keys begin so, without that.
    private func part(_ prefix: String) throws(FileError) -> [String: Tensor] {
        var part: [String: Tensor] = [:]
        for (key, tensor) in try content.read(where: { $0.hasPrefix(prefix) }) {
            part[String(key.dropFirst(prefix.count))] = tensor
        }
        return part
    }

    func unet() throws(FileError) -> Component {
        let prefix = SingleFileKind.unetPrefix
        let isNamed = keys.contains { $0.hasPrefix(prefix) }
        let network = try LDMUNet(try part(isNamed ? prefix : ""), file: path)
        return Component(
            name: "unet",
            config: field(try network.configuration(sampleSize: latentSide).json),
            tensors: network.named, file: path)
    }

    /// - Parameters:
    ///   - scalingFactor: Of the model it is for, which neither keys nor shapes tell.
    ///   - statistics: Of that model's latents.
    func autoencoder(
        scalingFactor: Float, _ statistics: LatentStatistics?
    ) throws(FileError) -> Component {
        let start = SingleFileKind.autoencoderStarts.first {
            keys.contains($0 + "decoder.conv_in.weight")
        }
        let network = try LDMAutoencoder(try part(start ?? ""), file: path)
        var configuration = try network.configuration(
            scalingFactor: scalingFactor, sampleSize: 8 * latentSide)
        configuration.latentStatistics = statistics
        return Component(
            name: "vae", config: field(configuration.json), tensors: network.named, file: path)
    }

    /// The statistics of the latents, which files have for models trained as in EDM.
    func latentStatistics() throws(FileError) -> LatentStatistics? {
        guard isEDM else { return nil }
        let names = ["edm_mean", "edm_std"]
        let found = try content.read { names.contains($0) }
        let values = names.map { found[$0]?.plainFloats ?? [] }
        guard values[0].count == values[1].count, values[1].allSatisfy({ $0 > 0 && $0.isFinite })
        else {
            throw FileError(
                path: path, field: "edm_std",
                problem: "does not fit edm_mean: as many numbers above 0 are accepted")
        }
        return LatentStatistics(mean: values[0], deviation: values[1])
    }

    /// An autoencoder alone, in either layout or tiny, for the model of another.
    ///
    /// - Parameter usual: The scaling factor where the other does not say one.
    func autoencoder(
        insteadOf own: Component, usual: Double = 0.18215
    ) throws(FileError) -> Component {
        if keys.contains("decoder.layers.0.weight") {
            let tensors = try part("")
            // TAESD's sizes, but for the latents.
            var c = AutoencoderTinyConfiguration()
            if let first = tensors["decoder.layers.0.weight"], first.rank == 4 {
                c.latentChannels = first.shape[1]
            }
            return Component(name: "vae", config: field(c.json), tensors: tensors, file: path)
        }
        if keys.contains("decoder.mid_block.resnets.0.conv1.weight") {
            return Component(name: "vae", config: own.config, tensors: try part(""), file: path)
        }
        // A tiny one's says nothing of others.
        let isTiny = try own.config["_class_name"].string(or: "") == "AutoencoderTiny"
        let scale = isTiny ? usual : try own.config["scaling_factor"].positive(or: usual)
        let channels = try own.config["latent_channels"].size(or: 4)
        return try autoencoder(
            scalingFactor: Float(scale), try LatentStatistics(own.config, channels: channels))
    }

    /// A U-Net alone under diffusers' names, whose sizes its keys do not all tell.
    func named(_ config: JSONField) throws(FileError) -> Component? {
        guard keys.contains("down_blocks.0.resnets.0.conv1.weight") else { return nil }
        let tensors = try part("").filter { !Self.marks.contains($0.key) }
        var config = config
        // What tells it the guidance, which the one that it replaces may not have.
        if let told = tensors["time_embedding.cond_proj.weight"], told.rank == 2,
            let sizes = config.value
        {
            config = field(sizes.setting("time_cond_proj_dim", .integer(told.shape[1])))
        }
        return Component(name: "unet", config: config, tensors: tensors, file: path)
    }

    func text(_ name: String) throws(FileError) -> Component {
        switch (kind, name) {
        case (.stableDiffusion1, _):
            return try CLIPTextModel.component(
                name, try part("cond_stage_model.transformer."), .transformers, file: path)
        case (.stableDiffusion2, _):
            let old = try part("cond_stage_model.model.")
            return try CLIPTextModel.component(
                name, old.isEmpty ? try part("conditioner.embedders.0.model.") : old, .openCLIP,
                file: path, most: 23)
        case (.sdxl, "text_encoder"):
            return try CLIPTextModel.component(
                name, try part("conditioner.embedders.0.transformer."), .transformers,
                file: path)
        default:
            let place = kind == .sdxl ? 1 : 0
            return try CLIPTextModel.component(
                name, try part("conditioner.embedders.\(place).model."), .openCLIP, file: path)
        }
    }
}
