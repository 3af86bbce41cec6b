import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

extension ModelConversion {
    /// Writes one file in the layout of Stable Diffusion's first release.
    ///
    /// - Throws: `FileError` for a part that has no place there.
    package func writeFile(_ path: String) throws {
        let unet = try part("unet")
        let c = try UNetConfiguration(unet.config)
        var tensors: [String: Tensor] = [:]
        let names = LDMNames(unet.tensors.keys)
        for (name, tensor) in unet.tensors {
            guard let old = names.parameter(name) else {
                throw FileError(
                    path: source.path, field: name, problem: "has no place in a single file")
            }
            tensors[old] = tensor
        }
        try checkSizes(c, tensors)
        tensors = Dictionary(
            uniqueKeysWithValues: tensors.map { (SingleFileKind.unetPrefix + $0.key, $0.value) })
        for (name, tensor) in try autoencoder() {
            tensors[SingleFileKind.autoencoderPrefix + name] = tensor
        }
        for (name, tensor) in try texts(c) { tensors[name] = tensor }
        try addMarks(c, to: &tensors)
        try checkReading(tensors)
        try Engine.checkCancellation()
        try Checkpoint.save(tensors, to: path)
    }

    /// What a single file does not say must be what is usual.
    private func checkReading(_ tensors: [String: Tensor]) throws {
        let read = try SingleFile(path: source.path, tensors: tensors)
        func unusual(_ what: String) -> FileError {
            FileError(
                path: source.path, field: what,
                problem: "is not the usual, which a single file cannot say; a folder can")
        }
        if read.kind == .sdxl, try !source.forcesZerosForEmptyPrompt() {
            throw unusual("force_zeros_for_empty_prompt")
        }
        var (own, other) = (
            try AutoencoderKLConfiguration(source.component("vae").config),
            try AutoencoderKLConfiguration(read.component("vae").config)
        )
        (own.sampleSize, own.forceUpcast) = (other.sampleSize, other.forceUpcast)
        if own != other {
            throw unusual(
                own.scalingFactor != other.scalingFactor ? "vae scaling_factor" : "vae sizes")
        }
        for name in ["text_encoder", "text_encoder_2"] where source.has(name) {
            var mine = try CLIPTextConfiguration(source.component(name).config)
            let its = try CLIPTextConfiguration(read.component(name).config)
            (mine.bosID, mine.eosID, mine.padID) = (its.bosID, its.eosID, its.padID)
            mine.projectionSize = its.projectionSize
            let tokenizer = "tokenizer" + name.dropFirst("text_encoder".count)
            guard try source.tokenizer(tokenizer).idLimit <= read.tokenizer(tokenizer).idLimit
            else { throw unusual("\(tokenizer)'s number of tokens") }
            if mine != its { throw unusual("\(name) heads or activation") }
        }
        let (mine, its) = (try source.scheduler(), read.scheduler())
        guard mine.edm == its.edm, mine.edm == nil || mine.prediction == its.prediction else {
            throw unusual("scheduler of EDM's kind")
        }
        if mine.edm != nil { return }
        guard mine.betaStart == its.betaStart, mine.betaEnd == its.betaEnd,
            mine.betaSchedule == its.betaSchedule, mine.prediction == its.prediction,
            mine.rescaleBetasZeroSNR == its.rescaleBetasZeroSNR,
            mine.trainedBetas == its.trainedBetas, mine.trainTimesteps == its.trainTimesteps
        else { throw unusual("scheduler betas or prediction") }
    }

    /// A file tells its sizes by its shapes alone: heads and groups must be the usual ones.
    private func checkSizes(
        _ c: UNetConfiguration, _ tensors: [String: Tensor]
    ) throws(FileError) {
        var read = try LDMUNet(tensors, file: source.path).configuration(
            sampleSize: c.sampleSize)
        // A level without attention has neither depth nor heads.
        read.transformerLayers = c.transformerLayers
        read.upTransformerLayers = c.upTransformerLayers
        for level in c.heads.indices where !c.attentionLevels[level] {
            read.heads[level] = c.heads[level]
        }
        guard read == c else {
            throw FileError(
                path: source.path,
                problem:
                    "has a U-Net of unusual sizes (heads, groups or depths), which a single file "
                    + "cannot say; a folder can")
        }
    }

    private func autoencoder() throws -> [String: Tensor] {
        let part = try part("vae")
        guard Self.className("vae", part.config) == "AutoencoderKL" else {
            throw FileError(
                path: source.path,
                problem: "has a tiny autoencoder; single files hold an "
                    + "AutoencoderKL")
        }
        let levels = try AutoencoderKLConfiguration(part.config).blockOutChannels.count
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in part.tensors {
            let old = LDMAutoencoder.oldName(name, levels: levels)
            // Attention is of 1x1 convolutions there.
            let isMatrix = tensor.rank == 2 && old.contains("mid.attn_1.")
            tensors[old] =
                isMatrix ? tensor.reshaped([tensor.shape[0], tensor.shape[1], 1, 1]) : tensor
        }
        return tensors
    }

    private func texts(_ c: UNetConfiguration) throws -> [String: Tensor] {
        func prefixed(_ prefix: String, _ tensors: [String: Tensor]) -> [(String, Tensor)] {
            tensors.map { (prefix + $0.key, $0.value) }
        }
        var all: [(String, Tensor)] = []
        if c.textTime != nil {
            let isBase = source.has("text_encoder")
            if isBase {
                all += prefixed(
                    "conditioner.embedders.0.transformer.", try part("text_encoder").tensors)
            }
            all += prefixed(
                "conditioner.embedders.\(isBase ? 1 : 0).model.",
                CLIPTextModel.openCLIP(try part("text_encoder_2").tensors))
        } else {
            let text = try part("text_encoder").tensors
            all +=
                c.crossAttentionWidth == 1024
                ? prefixed("cond_stage_model.model.", CLIPTextModel.openCLIP(text))
                : prefixed("cond_stage_model.transformer.", text)
        }
        return Dictionary(all) { $1 }
    }

    /// What tells readers of the prediction, where shapes do not.
    private func addMarks(
        _ c: UNetConfiguration, to tensors: inout [String: Tensor]
    ) throws(FileError) {
        let scheduler = try source.scheduler()
        if let edm = scheduler.edm, scheduler.prediction == .velocity {
            tensors[SingleFile.mostMark] = Tensor([Float(edm.sigmaMax)], shape: [])
            tensors[SingleFile.leastMark] = Tensor([Float(edm.sigmaMin)], shape: [])
            return
        }
        if scheduler.prediction == .velocity { tensors["v_pred"] = .zeros([1]) }
        if scheduler.rescaleBetasZeroSNR { tensors["ztsnr"] = .zeros([1]) }
        guard scheduler.edm != nil,
            let latents = try AutoencoderKLConfiguration(source.component("vae").config)
                .latentStatistics
        else { return }
        let shape: Shape = [1, latents.mean.count, 1, 1]
        tensors["edm_mean"] = Tensor(latents.mean, shape: shape)
        tensors["edm_std"] = Tensor(latents.deviation, shape: shape)
    }
}
