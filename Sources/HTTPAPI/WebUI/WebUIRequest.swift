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
            if layers > 1 { members.append(JSONMember("clip_skip", .integer(layers - 1))) }
            return members
        }
    }

    /// The seed that leads the noise, and how far.
    private var variation: [JSONMember] {
        get throws {
            let strength = try fields["subseed_strength"].double(or: 0)
            guard strength > 0 else { return [] }
            let seed = try fields["subseed"].int(or: -1)
            return [JSONMember("variation_strength", .number(strength))]
                + (seed < 0 ? [] : [JSONMember("variation_seed", .integer(seed))])
        }
    }

    /// The sampler and how its steps lie; a sampler's name may say both.
    private var sampling: [JSONMember] {
        get throws {
            let field =
                fields["sampler_name"].exists ? fields["sampler_name"] : fields["sampler_index"]
            let name = field.exists ? try field.string() : ""
            var members: [JSONMember] = []
            var schedule = ScheduleName.unsaid
            if !name.isEmpty, name.lowercased() != "automatic" {
                let said = SamplerName(name)
                members.append(JSONMember("sampler", .string(try sampler(said, name, field).name)))
                schedule = said.schedule
            }
            let other = try fields["scheduler"].string(or: "")
            if !other.isEmpty, other.lowercased() != "automatic" {
                guard let named = ScheduleName(other) else {
                    throw APIError(
                        .notFound, "scheduler_not_found",
                        "scheduler \(other) is not there; "
                            + WebUIScheduler.all.map(\.label).joined(separator: ", ") + " are",
                        field: "scheduler")
                }
                schedule = named
            }
            if let curve = schedule.curve, curve != .normal {
                members.append(JSONMember("schedule", .string(curve.rawValue)))
                // Clients send their usual one to any model.
                members.append(JSONMember("schedule_optional", true))
            }
            if let spacing = schedule.spacing {
                members.append(JSONMember("spacing", .string(spacing.rawValue)))
            }
            return members
        }
    }

    private func sampler(
        _ said: SamplerName, _ name: String, _ field: JSONField
    ) throws -> Sampler {
        guard let sampler = said.sampler else {
            throw APIError(
                .notFound, "sampler_not_found", Sampler.refusal(of: name), field: field.path)
        }
        return sampler
    }

    /// A second pass at a larger size, with the web UI's defaults.
    private var secondPass: [JSONMember] {
        get throws {
            var members: [JSONMember] = []
            members.append(JSONMember("hires_scale", .number(try secondScale)))
            let strength = try fields["denoising_strength"].double(or: 0.75)
            members.append(JSONMember("hires_strength", .number(strength)))
            let steps = try fields["hr_second_pass_steps"].int(or: 0)
            if steps > 0 { members.append(JSONMember("hires_steps", .integer(steps))) }
            let upscaler = try fields["hr_upscaler"].string(or: "")
            if !upscaler.isEmpty, upscaler != "None" {
                guard let known = HiresUpscaler(text: upscaler), known != .model else {
                    throw APIError(
                        .notFound, "upscaler_not_found",
                        "upscaler \(upscaler) is not there; "
                            + WebUILists.upscalers.joined(separator: ", ") + " are",
                        field: "hr_upscaler")
                }
                members.append(JSONMember("hires_upscaler", .string(known.rawValue)))
            }
            let name = try fields["hr_sampler_name"].string(or: "")
            if !name.isEmpty, name != "Use same sampler" {
                let own = try sampler(SamplerName(name), name, fields["hr_sampler_name"])
                members.append(JSONMember("hires_sampler", .string(own.name)))
            }
            return members
        }
    }

    /// How many times as large the second pass is; sides that are given count more than a factor.
    private var secondScale: Double {
        get throws {
            let usual = model.side ?? 512
            let (width, height) = (
                Double(try fields["width"].int(or: usual)),
                Double(try fields["height"].int(or: usual))
            )
            let (across, down) = (
                Double(try fields["hr_resize_x"].int(or: 0)),
                Double(try fields["hr_resize_y"].int(or: 0))
            )
            guard width > 0, height > 0, across > 0 || down > 0 else {
                return try fields["hr_scale"].double(or: 2)
            }
            guard across > 0, down > 0 else { return max(across / width, down / height) }
            // Sides are multiples of eight.
            guard abs(down - height * across / width) <= 8 else {
                throw fields.notSupported("a second pass of another shape", "hr_resize_y")
            }
            return across / width
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
            // A part around a mask keeps its shape, there too.
            if try !fields.paintsPart, let mode = try fields.resizeMode {
                members.append(JSONMember(RequestOptions.resize.key, .string(mode.rawValue)))
            }
            let mask = try fields["mask"].string(or: "")
            guard !mask.isEmpty else { return members }
            let fills = ["surroundings", "original", "noise", "nothing"]
            let fill = try fields["inpainting_fill"].size(or: 0, in: 0...3)
            members += [
                JSONMember("mask", .string(mask)), JSONMember("fill", .string(fills[fill])),
                JSONMember("mask_blur", .number(try fields["mask_blur"].double(or: 4))),
                JSONMember("invert_mask", .bool(try isInverted)),
            ]
            if try fields.paintsPart {
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

    /// Whether img2img's request is for the part around its mask alone.
    var paintsPart: Bool {
        get throws {
            try !self["mask"].string(or: "").isEmpty && self["inpaint_full_res"].flag(or: true)
        }
    }

    /// How img2img's picture comes to the size that is painted; nil is the usual way.
    var resizeMode: ResizeMode? {
        get throws {
            let modes = ResizeMode.allCases
            let mode = modes[try self["resize_mode"].size(or: 0, in: 0...modes.count - 1)]
            return mode == .stretch ? nil : mode
        }
    }
}

/// How steps lie, by the web UI's names.
struct WebUIScheduler {
    let name: String
    let label: String

    static let all = [
        WebUIScheduler(name: "automatic", label: "Automatic"),
        WebUIScheduler(name: "uniform", label: "Uniform"),
        WebUIScheduler(name: "karras", label: "Karras"),
        WebUIScheduler(name: "exponential", label: "Exponential"),
        WebUIScheduler(name: "polyexponential", label: "Polyexponential"),
        WebUIScheduler(name: "sgm_uniform", label: "SGM Uniform"),
        WebUIScheduler(name: "kl_optimal", label: "KL Optimal"),
        WebUIScheduler(name: "align_your_steps", label: "Align Your Steps"),
        WebUIScheduler(name: "simple", label: "Simple"),
        WebUIScheduler(name: "normal", label: "Normal"),
        WebUIScheduler(name: "ddim", label: "DDIM"),
        WebUIScheduler(name: "beta", label: "Beta"),
        WebUIScheduler(name: "turbo", label: "Turbo"),
    ]
}
