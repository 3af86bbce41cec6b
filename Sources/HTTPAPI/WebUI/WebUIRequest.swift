import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitSamplers
import PinxitServing

/// What a client of AUTOMATIC1111's web UI asks for. Clients send every field with its default,
/// those too that a model has no use for: these are left out.
struct WebUIRequest {
    let fields: JSONField
    let model: ServedModel
    /// `CLIP_stop_at_last_layers` as it is set for all.
    var lastLayers = 1

    /// - Throws: `APIError`, `FileError`, `ServingError` that name the field.
    func body(isFromPicture: Bool) throws -> JSONValue {
        try refuseWhatIsMissing()
        var members: [JSONMember] = [
            JSONMember("model", .string(model.name)),
            JSONMember("prompt", .string(try fields["prompt"].string(or: ""))),
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
        return .object(members)
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
            if let sampler = try sampler {
                members.append(JSONMember("sampler", .string(sampler.name)))
            }
            if let spacing = try spacing {
                members.append(JSONMember("spacing", .string(spacing.rawValue)))
            }
            let layers =
                try fields["override_settings"]["CLIP_stop_at_last_layers"].int(or: lastLayers)
            if layers > 1 { members.append(JSONMember("clip_skip", .integer(layers - 1))) }
            return members
        }
    }

    private var sampler: Sampler? {
        get throws {
            let field =
                fields["sampler_name"].exists ? fields["sampler_name"] : fields["sampler_index"]
            guard field.exists else { return nil }
            let name = try field.string()
            guard !name.isEmpty, name.lowercased() != "automatic" else { return nil }
            guard let sampler = Sampler(name: name) else {
                throw APIError(
                    .notFound, "sampler_not_found",
                    "sampler \(name) is not there; \(Sampler.accepted) are", field: field.path)
            }
            return sampler
        }
    }

    private var spacing: TimestepSpacing? {
        get throws {
            let name = try fields["scheduler"].string(or: "automatic")
            guard let known = WebUIScheduler.all.first(where: { $0.matches(name) }) else {
                throw APIError(
                    .notFound, "scheduler_not_found",
                    "scheduler \(name) is not there; "
                        + WebUIScheduler.all.map(\.label).joined(separator: ", ") + " are",
                    field: "scheduler")
            }
            return known.spacing
        }
    }

    /// What there is not, and would change the picture, is refused.
    private func refuseWhatIsMissing() throws {
        func refuse(_ what: String) -> APIError {
            APIError(.unprocessableContent, "not_supported", "\(what) is not there", field: what)
        }
        if try fields["enable_hr"].bool(or: false) { throw refuse("enable_hr") }
        if try !fields["script_name"].string(or: "").isEmpty { throw refuse("script_name") }
        for name in ["restore_faces", "tiling"] where try fields[name].bool(or: false) {
            throw refuse(name)
        }
    }

    // MARK: From a picture

    private var source: [JSONMember] {
        get throws {
            let pictures = try fields["init_images"].exists ? fields["init_images"].strings() : []
            guard let picture = pictures.first else {
                throw APIError(.notFound, "not_found", "Init image not found", field: "init_images")
            }
            var members = [
                JSONMember("kind", "edit"), JSONMember("source", .string(picture)),
                JSONMember("strength", .number(try fields["denoising_strength"].double(or: 0.75))),
            ]
            let mask = try fields["mask"].string(or: "")
            guard !mask.isEmpty else { return members }
            let fills = ["surroundings", "original", "noise", "nothing"]
            let fill = try fields["inpainting_fill"].size(or: 0, in: 0...3)
            members += [
                JSONMember("mask", .string(mask)), JSONMember("fill", .string(fills[fill])),
                JSONMember("mask_blur", .number(try fields["mask_blur"].double(or: 4))),
                JSONMember("invert_mask", .bool(try isInverted)),
            ]
            if try fields["inpaint_full_res"].flag(or: true) {
                let padding = try fields["inpaint_full_res_padding"].int(or: 0)
                members.append(JSONMember("padding", .integer(padding)))
            }
            return members
        }
    }

    private var isInverted: Bool {
        get throws { try fields["inpainting_mask_invert"].flag(or: false) }
    }
}

extension JSONField {
    /// A truth value, or a number other than 0.
    func flag(or fallback: Bool) throws(FileError) -> Bool {
        if case .integer(let number)? = value { return number != 0 }
        return try bool(or: fallback)
    }
}

/// The schedules that there are, by the names there.
struct WebUIScheduler {
    let name: String
    let label: String
    let spacing: TimestepSpacing?

    static let all = [
        WebUIScheduler(name: "automatic", label: "Automatic", spacing: nil),
        WebUIScheduler(name: "uniform", label: "Uniform", spacing: .linspace),
        WebUIScheduler(name: "sgm_uniform", label: "SGM Uniform", spacing: .trailing),
        WebUIScheduler(name: "ddim", label: "DDIM", spacing: .leading),
    ]

    func matches(_ text: String) -> Bool {
        let text = text.lowercased()
        return text.isEmpty ? spacing == nil : text == name || text == label.lowercased()
    }
}
