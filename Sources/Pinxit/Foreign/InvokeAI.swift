import PinxitFiles
import PinxitTokenizers

/// InvokeAI's JSON: `invokeai_metadata` since version 3, `sd-metadata` before.
extension ForeignSettings {
    /// Nil for any other JSON.
    init?(invokeAI json: JSONValue) {
        guard json["positive_prompt"] != nil || json["app_version"] != nil else { return nil }
        self.init(program: "InvokeAI")
        version = json["app_version"]?.text
        // Before version 3 the settings are in an object of their own.
        let values = json["image"] ?? json
        request.prompt = Self.prompt(values)
        request.negativePrompt = values["negative_prompt"]?.text ?? ""
        takeBracketed(json)
        // Its syntax is Compel's, which is not read.
        request.diffusion.text.emphasis = .off
        request.diffusion.text.longPrompts = .chunk
        if [request.prompt, request.negativePrompt].contains(where: Self.isCompel) {
            note("the prompt has weights in Compel's syntax, which is read as text here")
        }
        take(values["steps"]?.text, RequestOptions.steps)
        take(values["cfg_scale"]?.text, RequestOptions.guidanceScale)
        take(values["width"]?.text, RequestOptions.width)
        take(values["height"]?.text, RequestOptions.height)
        take(seed: values["seed"])
        take(sampler: (values["scheduler"] ?? values["sampler"])?.text)
        if let skip = values["clip_skip"]?.text.flatMap({ Int($0) }), skip > 0 {
            take(skip, RequestOptions.clipSkip)
        }
        takeFiles(json, values)
        noteRest(values)
    }

    private static func prompt(_ values: JSONValue) -> String {
        if case .array(let parts)? = values["prompt"] {
            return parts.compactMap { $0["prompt"]?.text }.joined(separator: " ")
        }
        return (values["positive_prompt"] ?? values["prompt"])?.text ?? ""
    }

    /// Before version 3 the negative prompt stands in brackets.
    private mutating func takeBracketed(_ json: JSONValue) {
        guard json["image"] != nil, request.prompt.hasSuffix("]"),
            let start = request.prompt.lastIndex(of: "[")
        else { return }
        request.negativePrompt = String(
            request.prompt[request.prompt.index(after: start)...].dropLast())
        request.prompt = String(request.prompt[..<start])
    }

    private static func isCompel(_ text: String) -> Bool {
        let marks = ["++", "--", ".and(", ".blend(", ".swap("]
        return marks.contains { text.contains($0) }
            || text.contains(/\)\d/) || text.contains(/[\p{L}\d)]\+(\W|$)|\)-(\W|$)/)
    }

    private mutating func takeFiles(_ json: JSONValue, _ values: JSONValue) {
        func name(_ value: JSONValue?) -> String? {
            (value?["name"] ?? value?["model_name"])?.text ?? value?.text
        }
        model =
            NamedModel(name(json["model"]), hash: json["model"]?["hash"]?.text)
            ?? NamedModel(json["model_weights"]?.text)
        if let weights = json["model_weights"]?.text { model = NamedModel(weights) }
        if case .array(let loras)? = values["loras"] {
            for lora in loras.prefix(100) {
                take(
                    lora: name(lora["model"] ?? lora["lora"]),
                    weight: lora["weight"]?.decimal ?? 1)
            }
        }
        if let vae = name(values["vae"]) {
            note("was decoded with the autoencoder \(vae): --vae \(vae) does so again")
        }
        if let refiner = name(values["refiner_model"]) {
            note("the refiner \(refiner) took the last steps: --refiner names it")
        }
    }

    private mutating func noteRest(_ values: JSONValue) {
        if let mode = (values["generation_mode"] ?? values["type"])?.text,
            !mode.hasSuffix("txt2img")
        {
            note("was painted by \(mode), from a picture which it does not hold")
        }
        for name in ["controlnets", "ipAdapters", "t2iAdapters"] {
            guard case .array(let used)? = values[name], !used.isEmpty else { continue }
            note("\(used.count) of \(name) have no counterpart here")
        }
        for name in ["positive_style_prompt", "cfg_rescale_multiplier", "hrf_enabled", "threshold"]
        {
            guard let value = values[name]?.text, !["", "0", "0.0", "false"].contains(value),
                value != request.prompt
            else { continue }
            note("\(name) \(value) has no counterpart here")
        }
        switch (values["seamless_x"]?.text == "true", values["seamless_y"]?.text == "true") {
        case (true, true): request.diffusion.noise.tile = .xy
        case (true, false): request.diffusion.noise.tile = .x
        case (false, true): request.diffusion.noise.tile = .y
        case (false, false): break
        }
        if let device = values["rand_device"]?.text, device != "cpu" {
            request.diffusion.noise.kind = .philox
            if device != "cuda" {
                note(
                    "its noise was drawn on \(device): it is drawn as CUDA does, which may differ")
            }
        }
    }
}
