import PinxitCLIP
import PinxitCheckpoints
import PinxitFiles
import PinxitLayers
import PinxitSamplers
import PinxitTensors
import PinxitTokenizers

/// Writes a latent diffusion model in either layout: a folder as diffusers has them, or one file in
/// the layout of Stable Diffusion's first release.
///
/// On the engine's thread.
package struct ModelConversion {
    private let source: any LatentDiffusionSource
    private let type: ElementType

    /// - Parameter type: What weights are stored in: f32, f16 or bf16.
    package init(_ source: any LatentDiffusionSource, type: ElementType) {
        self.source = source
        self.type = type
    }

    private static let names = ["unet", "vae", "text_encoder", "text_encoder_2"]

    /// A component with its parameters under diffusers' names, in the type asked for; what is no
    /// parameter of its network is left behind.
    private struct Part {
        let config: JSONField
        let tensors: [String: Tensor]
    }

    private func part(_ name: String) throws -> Part {
        try Engine.checkCancellation()
        let component = try source.component(name)
        let config = component.config
        let shapes: [(name: String, shape: Shape)]
        var renamed: (String) -> String = { $0 }
        switch name {
        case "unet":
            let c = try UNetConfiguration(config)
            shapes = ParameterStore.shapes { _ = UNet($0, c) }
        case "vae":
            shapes = try autoencoderShapes(config)
            renamed = AutoencoderKL.currentName
        default:
            let c = try CLIPTextConfiguration(config)
            shapes = ParameterStore.shapes { w in
                _ = CLIPTextModel(w("text_model"), c)
                guard name == "text_encoder_2" else { return }
                _ = Linear(w("text_projection"), c.hiddenSize, c.projectionSize, bias: false)
            }
            renamed = CLIPTextModel.parameterName
        }
        let file = try component.weightsPath()
        let stored = Dictionary(try component.tensors().map { (renamed($0.key), $0.value) }) { $1 }
        var tensors: [String: Tensor] = [:]
        for (parameter, shape) in shapes {
            guard let tensor = stored[parameter], tensor.count == shape.count else {
                throw FileError(
                    path: file, field: parameter,
                    problem: stored[parameter].map { "has shape \($0.shape); \(shape) is accepted" }
                        ?? "is missing")
            }
            let converted = tensor.reshaped(shape).cast(to: type)
            if converted.firstNonFinite != nil {
                throw FileError(
                    path: file, field: parameter,
                    problem: tensor.firstNonFinite == nil
                        ? "holds numbers too large for \(type); f32 and bf16 have room for them"
                        : "holds numbers that are not finite")
            }
            tensors[parameter] = converted
        }
        return Part(config: config, tensors: tensors)
    }

    private func autoencoderShapes(
        _ config: JSONField
    ) throws(FileError) -> [(name: String, shape: Shape)] {
        if try config["_class_name"].string(or: "AutoencoderKL") == "AutoencoderTiny" {
            let c = try AutoencoderTinyConfiguration(config)
            return ParameterStore.shapes { _ = AutoencoderTiny($0, c) }
        }
        let c = try AutoencoderKLConfiguration(config)
        return ParameterStore.shapes { _ = AutoencoderKL($0, c) }
    }
}

extension ModelConversion {
    /// Writes a folder in the diffusers layout, whole or not at all.
    ///
    /// - Throws: `FileError` for a part that is wrong or a file that cannot be written.
    package func writeFolder(_ path: String) throws {
        let replacement = try FolderReplacement(of: path)
        do {
            try writeParts(to: replacement.path)
            try replacement.commit(replacing: [])
        } catch {
            replacement.discard()
            throw error
        }
    }

    private func writeParts(to folder: String) throws {
        let isXL = try UNetConfiguration(source.component("unet").config).textTime != nil
        var classes: [String: JSONValue] = [:]
        for name in Self.names {
            let tokenizer = "tokenizer" + name.dropFirst("text_encoder".count)
            let isText = name.hasPrefix("text_encoder")
            guard source.has(name) else {
                if isText { classes[name] = [nil, nil] }
                if isText { classes[tokenizer] = [nil, nil] }
                continue
            }
            let part = try part(name)
            let place = folder.path(name)
            try makeFolder(place)
            try Checkpoint.save(
                part.tensors,
                to: place.path(
                    isText ? "model.safetensors" : "diffusion_pytorch_model.safetensors"))
            let kind = Self.className(name, part.config)
            try JSONFile.write(
                isText ? Self.textConfig(part.config, kind) : part.config.value ?? .null,
                to: place.path("config.json"))
            classes[name] = [isText ? "transformers" : "diffusers", .string(kind)]
            guard isText else { continue }
            try writeTokenizer(tokenizer, to: folder.path(tokenizer))
            classes[tokenizer] = ["transformers", "CLIPTokenizer"]
        }
        let scheduler = try source.scheduler()
        try makeFolder(folder.path("scheduler"))
        try JSONFile.write(
            try source.schedulerJSON() ?? scheduler.json,
            to: folder.path("scheduler/scheduler_config.json"))
        classes["scheduler"] = ["diffusers", .string(scheduler.sampler.diffusersClass)]
        try JSONFile.write(
            try modelIndex(classes, isXL: isXL), to: folder.path("model_index.json"))
    }

    private static func className(_ name: String, _ config: JSONField) -> String {
        switch name {
        case "unet": "UNet2DConditionModel"
        case "vae": (try? config["_class_name"].string()) ?? "AutoencoderKL"
        case "text_encoder_2": "CLIPTextModelWithProjection"
        default: "CLIPTextModel"
        }
    }

    private static func textConfig(_ config: JSONField, _ kind: String) -> JSONValue {
        guard case .object(var members) = config.value else { return .null }
        for (index, member) in members.enumerated() where member.name == "architectures" {
            members[index] = JSONMember("architectures", [.string(kind)])
        }
        return .object(members)
    }

    private func writeTokenizer(_ name: String, to folder: String) throws {
        try makeFolder(folder)
        if let own = source.tokenizerFolder(name) {
            try copyFolder(own, to: folder)
            return
        }
        let tokenizer = try source.tokenizer(name)
        try CLIPVocabulary.openAI.write(
            to: folder, modelMaxLength: tokenizer.modelMaxLength,
            padToken: tokenizer.symbol(tokenizer.padID) ?? TokenizerSettings.endToken)
    }

    private func modelIndex(_ classes: [String: JSONValue], isXL: Bool) throws -> JSONValue {
        var members = [
            JSONMember("_diffusers_version", .string(DiffusersLayout.version)),
            JSONMember("feature_extractor", [nil, nil]), JSONMember("image_encoder", [nil, nil]),
        ]
        if isXL {
            let isRefiner = !source.has("text_encoder")
            let name = isRefiner ? "StableDiffusionXLImg2ImgPipeline" : "StableDiffusionXLPipeline"
            members.insert(JSONMember("_class_name", .string(name)), at: 0)
            members.append(
                JSONMember(
                    "force_zeros_for_empty_prompt",
                    .bool(try source.forcesZerosForEmptyPrompt())))
            if isRefiner { members.append(JSONMember("requires_aesthetics_score", true)) }
        } else {
            members.insert(JSONMember("_class_name", "StableDiffusionPipeline"), at: 0)
            members += [
                JSONMember("requires_safety_checker", false),
                JSONMember("safety_checker", [nil, nil]),
            ]
        }
        let others = classes.filter { isXL || !$0.key.hasSuffix("_2") }
        members += others.sorted { $0.key < $1.key }.map { JSONMember($0.key, $0.value) }
        return .object(members)
    }
}

extension ModelConversion {
    /// Writes one file in the layout of Stable Diffusion's first release.
    ///
    /// - Throws: `FileError` for a part that has no place there.
    package func writeFile(_ path: String) throws {
        let unet = try part("unet")
        let c = try UNetConfiguration(unet.config)
        var tensors: [String: Tensor] = [:]
        for (name, tensor) in unet.tensors {
            guard let old = LDMNames.unet(name, c) else {
                throw FileError(
                    path: source.path, field: name, problem: "has no place in a single file")
            }
            tensors[SingleFileKind.unetPrefix + old] = tensor
        }
        try checkSizes(
            c,
            Dictionary(unet.tensors.map { (LDMNames.unet($0.key, c) ?? $0.key, $0.value) }) { $1 })
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
            let read = try CLIPTextConfiguration(read.component(name).config)
            (mine.bosID, mine.eosID, mine.padID) = (read.bosID, read.eosID, read.padID)
            mine.projectionSize = read.projectionSize
            if mine != read { throw unusual("\(name) heads or activation") }
        }
        let (mine, its) = (try source.scheduler(), read.scheduler())
        guard mine.betaStart == its.betaStart, mine.betaEnd == its.betaEnd,
            mine.betaSchedule == its.betaSchedule, mine.prediction == its.prediction,
            mine.rescaleBetasZeroSNR == its.rescaleBetasZeroSNR
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
            let old = LDMNames.autoencoder(name, levels: levels)
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
        if scheduler.prediction == .velocity { tensors["v_pred"] = .zeros([1]) }
        if scheduler.rescaleBetasZeroSNR { tensors["ztsnr"] = .zeros([1]) }
    }
}
