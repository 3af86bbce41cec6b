import Pinxit
import PinxitFiles
import PinxitWorkers

/// The networks beside the model that a job names: each of `controls` has its `model`, and
/// `ip_adapter` sees `image_prompt`. A job is kept with these names; what paints gets the request
/// without them, and paths.
struct JobControls {
    /// The member that names an IP-Adapter.
    static let adapterKey = JobMember.adapter.name

    let body: JobBody
    let model: ServedModel
    private var controls: ServedControls { body.catalogue.controls }

    /// A request whose names are checked, with pictures as hashes of the shelf.
    ///
    /// - Parameter source: The hash of the picture that is followed where a control has none.
    /// - Throws: `ServingError`, `FileError` that name the field.
    func checked(_ request: JSONValue, source: String?) throws -> JSONValue {
        let fields = try body.json["controls"].exists ? body.json["controls"].array() : []
        guard !fields.isEmpty || !body.json["guess_mode"].exists else {
            throw ServingError.invalid(field: "guess_mode", problem: "goes with controls")
        }
        let controls = try all(fields, source)
        return try prompted(
            request.setting("controls", controls.isEmpty ? nil : .array(controls)))
    }

    private func all(_ fields: [JSONField], _ source: String?) throws -> [JSONValue] {
        guard fields.count <= body.limits.controls else {
            throw ServingError.tooLarge(
                field: "controls",
                problem: "\(fields.count) are more than \(body.limits.controls), which is accepted "
                    + "here")
        }
        return try fields.map { try control($0, source) }
    }

    private func control(_ field: JSONField, _ source: String?) throws -> JSONValue {
        _ = try field.members()
        let place = field.path
        guard field["model"].exists else {
            let fitting = controls.fitting(model, prompts: false)
            throw ServingError.invalid(
                field: "\(place).model",
                problem: "is missing; " + ServedControls.list(fitting, model, false))
        }
        let named = try controls.named(
            try field["model"].string(), for: model, prompts: false, field: "\(place).model")
        var hash = source
        if field["picture"].exists {
            hash = try kept(try field["picture"].string(), "\(place).picture")
        }
        guard let hash else {
            throw ServingError.invalid(
                field: "\(place).picture", problem: "is missing; a hash or data URL is accepted")
        }
        let own = (field.value ?? .null).setting("model", .string(named.name))
        return own.setting("picture", .string(hash))
    }

    /// With the picture that is a prompt, and what sees it.
    private func prompted(_ request: JSONValue) throws -> JSONValue {
        let picture = body.json["image_prompt"]
        guard picture.exists else {
            for name in ["image_prompt_scale", Self.adapterKey] where body.json[name].exists {
                throw ServingError.invalid(field: name, problem: "goes with image_prompt")
            }
            return request
        }
        let fitting = controls.fitting(model, prompts: true)
        guard let usual = fitting.first else {
            throw ServingError.invalid(
                field: "image_prompt",
                problem: "is not accepted; " + ServedControls.list([], model, true))
        }
        let name = try body.text(Self.adapterKey) ?? usual.name
        let adapter = try controls.named(
            name, for: model, prompts: true, field: Self.adapterKey)
        let hash = try kept(try picture.string(), "image_prompt")
        return request.setting("image_prompt", .string(hash))
            .setting(Self.adapterKey, .string(adapter.name))
    }

    private func kept(_ text: String, _ field: String) throws -> String {
        try body.pictures.keep(try body.pictures.decoded(text, field))
    }
}

extension JSONValue {
    /// A job's request as the library reads it: without the names of networks and LoRAs.
    var withoutNetworks: JSONValue {
        changing("controls") { controls in
            guard case .array(let all) = controls else { return controls }
            return .array(all.map { $0.setting("model", nil) })
        }.setting(JobControls.adapterKey, nil).setting(JobMember.loras.name, nil)
    }
}

extension ServedControls {
    /// What each of a request's controls is.
    func kinds(of request: JSONValue) -> [ControlKind] {
        guard case .array(let controls)? = request["controls"] else { return [] }
        return controls.map { control in
            guard case .string(let name)? = control["model"] else { return .controlNet }
            return all.first { $0.name == name }?.kind ?? .controlNet
        }
    }

    /// What a job's request names; nil for nothing.
    ///
    /// - Throws: `WorkFailure` for what is not served any more, or not here.
    func parts(_ request: JSONValue) throws(WorkFailure) -> OrderedParts? {
        func path(_ value: JSONValue?) throws(WorkFailure) -> String {
            guard case .string(let name)? = value, let found = all.first(where: { $0.name == name })
            else {
                throw WorkFailure(.model, "a network that it needs is not served any more")
            }
            return found.path
        }
        var parts = OrderedParts()
        if case .array(let controls)? = request["controls"] {
            for control in controls { parts.controlNets.append(try path(control["model"])) }
        }
        if let name = request[JobControls.adapterKey] { parts.adapter = try path(name) }
        return parts == OrderedParts() ? nil : parts
    }
}
