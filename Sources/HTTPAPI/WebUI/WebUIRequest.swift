import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitServing

/// What a client of AUTOMATIC1111's web UI asks for. Clients send every field with its default,
/// those too that a model has no use for: these are left out.
struct WebUIRequest {
    let fields: JSONField
    let model: ServedModel
    /// `CLIP_stop_at_last_layers` as it is set for all.
    var lastLayers = 1
    /// What is asked of the extension for ControlNets, as members of a job.
    var controls: [JSONMember] = []

    /// - Throws: `APIError`, `FileError`, `ServingError` that name the field.
    func body(isFromPicture: Bool) throws -> JSONValue {
        try refuseWhatIsMissing()
        var members: [JSONMember] = [
            JSONMember("model", .string(model.name)),
            JSONMember("prompt", .string(try prompt)),
            JSONMember("count", .integer(try count)), JSONMember("previews", 3),
        ]
        if let seed = try seed { members.append(JSONMember("seed", .integer(seed))) }
        if isFromPicture { members += try source }
        if !(isFromPicture && model.canEdit) || fields["width"].exists {
            for side in ["width", "height"] where fields[side].exists {
                members.append(JSONMember(side, .integer(try fields[side].int())))
            }
        }
        members += try options.filter { member in
            guard let option = RequestOptions.all.first(where: { $0.key == member.name }) else {
                return true
            }
            return option.families.contains(model.folder.pipeline.family)
        }
        return .object(members + controls)
    }

    /// Without the LoRAs that it names, where they are not wanted.
    private var prompt: String {
        get throws {
            let prompt = try fields["prompt"].string(or: "")
            guard try fields["disable_extra_networks"].bool(or: false) else { return prompt }
            return (try? LoRATag.taken(from: prompt).prompt) ?? prompt
        }
    }

    var count: Int {
        get throws {
            let (size, rounds) = (
                try fields["batch_size"].int(or: 1), try fields["n_iter"].int(or: 1)
            )
            guard (1...1000).contains(size), (1...1000).contains(rounds) else {
                throw APIError(
                    .unprocessableContent, "invalid_value",
                    "batch_size \(size), n_iter \(rounds): 1 to 1000 are accepted")
            }
            return size * rounds
        }
    }

    /// Nil is by chance. It may be a text, too.
    private var seed: Int? {
        get throws {
            let field = fields["seed"]
            guard field.exists else { return nil }
            if case .string(let text)? = field.value {
                return text.isEmpty ? nil : Int(text).flatMap { $0 < 0 ? nil : $0 }
            }
            let seed = try field.int()
            return seed < 0 ? nil : seed
        }
    }

    private var options: [JSONMember] {
        get throws {
            var members: [JSONMember] = []
            let negative = try fields["negative_prompt"].string(or: "")
            if !negative.isEmpty {
                members.append(JSONMember("negative_prompt", .string(negative)))
            }
            for (name, ours) in [
                ("steps", "steps"), ("cfg_scale", "guidance_scale"), ("eta", "eta"),
            ] where fields[name].exists {
                if let value = fields[name].value { members.append(JSONMember(ours, value)) }
            }
            members += try sampling + variation
            if try fields["tiling"].bool(or: false) { members.append(JSONMember("tile", "xy")) }
            if try fields["enable_hr"].bool(or: false) { members += try secondPass }
            let layers =
                try fields["override_settings"]["CLIP_stop_at_last_layers"].int(or: lastLayers)
            // AUTOMATIC1111's web UI takes SDXL's usual layer, whatever is said.
            if layers > 1, model.folder.pipeline != .stableDiffusionXL {
                members.append(JSONMember("clip_skip", .integer(layers - 1)))
            }
            return members
        }
    }

    /// What there is not, and would change the picture, is refused.
    private func refuseWhatIsMissing() throws {
        func refuse(_ what: String) -> APIError {
            APIError(.unprocessableContent, "not_supported", "\(what) is not there", field: what)
        }
        if try !fields["script_name"].string(or: "").isEmpty { throw refuse("script_name") }
        if try fields["restore_faces"].bool(or: false) { throw refuse("restore_faces") }
        if try fields["tiling"].bool(or: false), model.folder.pipeline.family != .diffusion {
            throw refuse("tiling")
        }
        let refiner = try fields["refiner_checkpoint"].string(or: "")
        guard refiner.isEmpty || refiner.lowercased() == "none" else {
            throw refuse("refiner_checkpoint")
        }
        guard try fields["enable_hr"].bool(or: false) else { return }
        for (name, usual) in [("hr_prompt", "prompt"), ("hr_negative_prompt", "negative_prompt")] {
            let text = try fields[name].string(or: "")
            if try !text.isEmpty && text != fields[usual].string(or: "") { throw refuse(name) }
        }
    }
}

extension JSONField {
    /// A truth value, or a number other than 0.
    func flag(or fallback: Bool) throws(FileError) -> Bool {
        if case .integer(let number)? = value { return number != 0 }
        return try bool(or: fallback)
    }
}
