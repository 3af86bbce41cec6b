import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

/// A whole model in one file, in the layout of Stable Diffusion's first release, as model sites
/// have them: its components with the configurations that folders have beside them.
package struct SingleFile: LatentDiffusionSource {
    package let path: String
    package let kind: SingleFileKind
    package let tensors: [String: Tensor]
    /// How many steps it was trained for, where the file says.
    private let trainingSteps: Int?

    /// - Throws: `FileError` for a file that is broken or of another kind.
    package init(_ path: String) throws(FileError) {
        self.path = path
        let file = try CheckpointFile(path: path)
        trainingSteps = file.metadata["global_step"].flatMap { Int($0) }
        tensors = try file.tensors()
        kind = try SingleFileKind(keys: Set(tensors.keys), file: path)
    }

    /// The same of tensors that are in memory.
    package init(path: String, tensors: [String: Tensor]) throws(FileError) {
        (self.path, self.tensors, trainingSteps) = (path, tensors, nil)
        kind = try SingleFileKind(keys: Set(tensors.keys), file: path)
    }

    package func has(_ component: String) -> Bool {
        switch component {
        case "unet": kind != .autoencoder
        case "vae": kind == .autoencoder || kind.isWhole
        case "text_encoder": kind.isWhole && kind != .sdxlRefiner
        case "text_encoder_2": kind == .sdxl || kind == .sdxlRefiner
        default: false
        }
    }

    package func component(_ name: String) throws(FileError) -> Component {
        guard has(name) else {
            throw FileError(
                path: path,
                problem: "is \(kind.isWhole ? "" : "only ")\(kind.rawValue) and holds no \(name); "
                    + "a whole model is needed")
        }
        switch name {
        case "unet": return try unet()
        case "vae":
            let isXL = kind == .sdxl || kind == .sdxlRefiner
            return try autoencoder(scalingFactor: isXL ? 0.13025 : 0.18215)
        default: return try text(name)
        }
    }

    package func tokenizer(_ name: String) -> CLIPTokenizer {
        // Encoders of OpenCLIP pad with token 0.
        name == "tokenizer_2" || kind == .stableDiffusion2 ? .openAIPaddedWithZero : .openAI
    }

    package func tokenizerFolder(_ name: String) -> String? { nil }

    package func schedulerJSON() -> JSONValue? { nil }

    package func forcesZerosForEmptyPrompt() -> Bool { kind == .sdxl }

    // MARK: Parts

    /// The tensors whose keys begin so, without that.
    private func part(_ prefix: String) -> [String: Tensor] {
        if prefix.isEmpty { return tensors }
        var part: [String: Tensor] = [:]
        for (key, tensor) in tensors where key.hasPrefix(prefix) {
            part[String(key.dropFirst(prefix.count))] = tensor
        }
        return part
    }

    private func unet() throws(FileError) -> Component {
        let own = part(SingleFileKind.unetPrefix)
        let network = try LDMUNet(own.isEmpty ? tensors : own, file: path)
        return Component(
            name: "unet",
            config: field(try network.configuration(sampleSize: latentSide).json),
            tensors: network.named, file: path)
    }

    /// - Parameter scalingFactor: Of the model it is for, which neither keys nor shapes tell.
    func autoencoder(scalingFactor: Float) throws(FileError) -> Component {
        let start = SingleFileKind.autoencoderStarts.first {
            tensors[$0 + "decoder.conv_in.weight"] != nil
        }
        let network = try LDMAutoencoder(part(start ?? ""), file: path)
        let configuration = try network.configuration(
            scalingFactor: scalingFactor, sampleSize: 8 * latentSide)
        return Component(
            name: "vae", config: field(configuration.json), tensors: network.named, file: path)
    }

    /// An autoencoder alone, in either layout or tiny, for the model of another.
    func autoencoder(insteadOf own: Component) throws(FileError) -> Component {
        if tensors["decoder.layers.0.weight"] != nil {
            // TAESD's sizes, but for the latents.
            var c = AutoencoderTinyConfiguration()
            if let first = tensors["decoder.layers.0.weight"], first.rank == 4 {
                c.latentChannels = first.shape[1]
            }
            return Component(name: "vae", config: field(c.json), tensors: tensors, file: path)
        }
        if tensors["decoder.mid_block.resnets.0.conv1.weight"] != nil {
            return Component(name: "vae", config: own.config, tensors: tensors, file: path)
        }
        let scale = try own.config["scaling_factor"].positive(or: 0.18215)
        return try autoencoder(scalingFactor: Float(scale))
    }

    /// A U-Net alone under diffusers' names, whose sizes its keys do not all tell.
    func named(_ config: JSONField) -> Component? {
        guard tensors["down_blocks.0.resnets.0.conv1.weight"] != nil else { return nil }
        return Component(name: "unet", config: config, tensors: tensors, file: path)
    }

    private func text(_ name: String) throws(FileError) -> Component {
        switch (kind, name) {
        case (.stableDiffusion1, _):
            return try CLIPTextModel.component(
                name, part("cond_stage_model.transformer."), .transformers, file: path)
        case (.stableDiffusion2, _):
            return try CLIPTextModel.component(
                name, part("cond_stage_model.model."), .openCLIP, file: path, most: 23)
        case (.sdxl, "text_encoder"):
            return try CLIPTextModel.component(
                name, part("conditioner.embedders.0.transformer."), .transformers, file: path)
        default:
            let place = kind == .sdxl ? 1 : 0
            return try CLIPTextModel.component(
                name, part("conditioner.embedders.\(place).model."), .openCLIP, file: path)
        }
    }

    private func field(_ value: JSONValue) -> JSONField {
        JSONField(file: path, path: "", value: value)
    }

    /// The side of the latents the family was trained at, which no shape tells.
    private var latentSide: Int {
        switch kind {
        case .sdxl, .sdxlRefiner: 128
        case .stableDiffusion2: predictsVelocity ? 96 : 64
        default: 64
        }
    }

    /// The side of the model's usual pictures in pixels.
    package var usualSide: Int { 8 * latentSide }

    /// Tensors of a whole model that are of no component, such as copies of averages, sorted.
    package var unusedKeys: [String] {
        let starts = [
            SingleFileKind.unetPrefix, SingleFileKind.autoencoderPrefix, "cond_stage_model.",
            "conditioner.embedders.",
        ]
        let marks = ["v_pred", "ztsnr", "global_step"]
        return tensors.keys.filter { key in
            !marks.contains(key) && !starts.contains { key.hasPrefix($0) }
        }.sorted()
    }

    // MARK: Schedule

    /// That of the family's published models.
    package func scheduler() -> SchedulerConfiguration {
        var c = SchedulerConfiguration(
            sampler: kind == .sdxl || kind == .sdxlRefiner
                ? .euler : kind == .stableDiffusion2 ? .ddim : .pndm)
        (c.betaStart, c.betaEnd, c.betaSchedule) = (0.00085, 0.012, .scaledLinear)
        (c.stepsOffset, c.setAlphaToOne) = (1, false)
        if kind == .sdxl || kind == .sdxlRefiner { c.spacing = .leading }
        if predictsVelocity { c.prediction = .velocity }
        c.rescaleBetasZeroSNR = tensors["ztsnr"] != nil
        return c
    }

    /// Finetunes of SDXL say it with a tensor of that name. Stable Diffusion 2 does not say it; its
    /// models for 768 pixels, which do, have one bias that varies more (as ComfyUI tells them).
    private var predictsVelocity: Bool {
        if tensors["v_pred"] != nil { return true }
        guard kind == .stableDiffusion2 else { return false }
        // 512 pixels ended at this one (as diffusers tells them).
        if trainingSteps == 875_000 { return false }
        let bias = tensors[
            SingleFileKind.unetPrefix + "output_blocks.11.1.transformer_blocks.0.norm1.bias"]
        guard let values = bias?.plainFloats, !values.isEmpty else { return true }
        let mean = values.reduce(0, +) / Float(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(values.count)
        // Untrained ones have no bias at all.
        return variance == 0 || variance.squareRoot() > 0.09
    }
}
