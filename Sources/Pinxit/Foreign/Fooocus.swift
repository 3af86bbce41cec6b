import PinxitFiles

/// Fooocus' JSON, in the text `parameters` or EXIF's user comment.
extension ForeignSettings {
    /// Nil for any other JSON.
    init?(fooocus json: JSONValue) {
        guard case .string(let prompt)? = json["prompt"], json["base_model"] != nil else {
            return nil
        }
        self.init(program: "Fooocus")
        version = json["version"]?.text
        request.prompt = prompt
        // The words that styles made of it, each encoded for itself.
        if case .array(let parts)? = json["full_prompt"] {
            let full = parts.compactMap(\.text).filter { !$0.isEmpty }
            if !full.isEmpty, full != [prompt] {
                request.prompt = full.joined(separator: " BREAK ")
                request.originalPrompt = prompt
            }
        }
        request.negativePrompt = json["negative_prompt"]?.text ?? ""
        if case .array(let parts)? = json["full_negative_prompt"] {
            let full = parts.compactMap(\.text).filter { !$0.isEmpty }
            if !full.isEmpty { request.negativePrompt = full.joined(separator: " BREAK ") }
        }
        request.diffusion.text.emphasis = .a1111
        take(json["steps"]?.text, RequestOptions.steps)
        take(json["guidance_scale"]?.text, RequestOptions.guidanceScale)
        take(seed: json["seed"])
        take(sampler: json["sampler"]?.text, schedule: json["scheduler"]?.text)
        if let skip = json["clip_skip"]?.text.flatMap({ Int($0) }) { take(layersFromEnd: skip) }
        takeSize(json["resolution"]?.text.map(Self.pair))
        takeFiles(json)
        noteRest(json)
    }

    /// "(1152, 896)" as "1152x896".
    private static func pair(_ text: String) -> String {
        text.filter { $0.isNumber || $0 == "," }.replacing(",", with: "x")
    }

    private mutating func takeFiles(_ json: JSONValue) {
        model = NamedModel(json["base_model"]?.text, hash: json["base_model_hash"]?.text)
        if case .array(let loras)? = json["loras"] {
            for case .array(let parts) in loras.prefix(100) where parts.count >= 2 {
                take(lora: parts[0].text, weight: parts[1].decimal ?? 1)
            }
        }
        // Older versions: "lora_combined_1": "name : 0.5".
        for number in 1...5 {
            guard let text = json["lora_combined_\(number)"]?.text else { continue }
            let parts = text.split(separator: " : ")
            take(lora: parts.first.map(String.init), weight: parts.last.flatMap { Double($0) } ?? 1)
        }
    }

    private mutating func noteRest(_ json: JSONValue) {
        if let refiner = json["refiner_model"]?.text, refiner != "None" {
            note("the refiner \(refiner) took the last steps: --refiner names it")
        }
        if let vae = json["vae"]?.text, !vae.hasPrefix("Default") {
            note("was decoded with the autoencoder \(vae): --vae \(vae) does so again")
        }
        for name in ["sharpness", "adm_guidance", "adaptive_cfg", "freeu", "refiner_swap_method"] {
            guard let value = json[name]?.text, !["0", "0.0", "None"].contains(value) else {
                continue
            }
            note("\(name) \(value) has no counterpart here")
        }
        note("its noise was drawn on a GPU, not as on a CPU: the seed gives another picture here")
    }
}

extension JSONValue {
    /// A string, or a number or truth value as text; nil for anything else.
    var text: String? {
        switch self {
        case .string(let text): text
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .null, .array, .object: nil
        }
    }

    /// A number, or a text that is one.
    var decimal: Double? { text.flatMap { Double($0) }.flatMap { $0.isFinite ? $0 : nil } }
}
