import PinxitCheckpoints
import PinxitFiles
import PinxitSamplers
import PinxitTokenizers

extension ModelConversion {
    /// Writes a folder in the diffusers layout, whole or not at all. Other files of an older folder
    /// stay.
    ///
    /// - Parameter finish: Is given the folder before anybody else sees it.
    /// - Throws: `FileError` for a part that is wrong or a file that cannot be written.
    package func writeFolder(
        _ path: String, finish: (String) throws -> Void = { _ in }
    ) throws {
        let replacement = try FolderReplacement(of: path)
        do {
            try writeParts(to: replacement.path)
            try finish(replacement.path)
            try replacement.commit(replacing: Self.written)
        } catch {
            replacement.discard()
            throw error
        }
    }

    /// All that may be written.
    private static let written = Set(
        names + ["tokenizer", "tokenizer_2", "scheduler", "model_index.json"])

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
        classes["scheduler"] = ["diffusers", .string(scheduler.diffusersClass)]
        try JSONFile.write(
            try modelIndex(classes, isXL: isXL), to: folder.path("model_index.json"))
    }

    static func className(_ name: String, _ config: JSONField) -> String {
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

    /// diffusers' pipeline for what the denoiser takes beside the latents: its plain one would
    /// take all channels for the latents'.
    private func pipelineName(isXL: Bool) throws -> String {
        let kind = isXL ? "StableDiffusionXL" : "StableDiffusion"
        let unet = try source.component("unet").config
        let latents = try unet["out_channels"].int(or: 4)
        let extra = try unet["in_channels"].int(or: 4) - latents
        switch DenoiserTask(extra: extra, latentChannels: latents) {
        case .inpainting: return kind + "InpaintPipeline"
        case .instruction: return kind + "InstructPix2PixPipeline"
        case .text, nil:
            return kind + (isXL && !source.has("text_encoder") ? "Img2ImgPipeline" : "Pipeline")
        }
    }

    private func modelIndex(_ classes: [String: JSONValue], isXL: Bool) throws -> JSONValue {
        var members = [
            JSONMember("_diffusers_version", .string(DiffusersLayout.version)),
            JSONMember("feature_extractor", [nil, nil]), JSONMember("image_encoder", [nil, nil]),
        ]
        let name = try pipelineName(isXL: isXL)
        members.insert(JSONMember("_class_name", .string(name)), at: 0)
        if isXL {
            let isRefiner = !source.has("text_encoder")
            members.append(
                JSONMember(
                    "force_zeros_for_empty_prompt",
                    .bool(try source.forcesZerosForEmptyPrompt())))
            if name.contains("InstructPix2Pix"), try source.scalesPicture() {
                members.append(JSONMember("is_cosxl_edit", true))
            }
            if isRefiner { members.append(JSONMember("requires_aesthetics_score", true)) }
        } else {
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
