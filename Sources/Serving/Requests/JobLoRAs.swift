import Pinxit
import PinxitFiles

/// A LoRA as a job's request names it, and how much of it.
public struct LoRAChoice: Sendable, Equatable {
    /// As the server names it.
    public let name: String
    /// What its changes of the U-Net are multiplied by.
    public let weight: Double
    /// The same for text encoders.
    public let textWeight: Double

    /// What weights may be.
    static let weights = -100.0...100

    /// As prompts have it.
    public var tag: String {
        UsedLoRA(name: name, weight: weight, textWeight: textWeight, sha256: "").tag
    }

    var json: JSONValue {
        [
            "name": .string(name), "weight": .number(weight), "text_weight": .number(textWeight),
        ]
    }

    /// Those of a job's request, which were checked when it was accepted.
    public static func all(in request: JSONValue) -> [LoRAChoice] {
        guard case .array(let all)? = request[JobMember.loras.name] else { return [] }
        return all.compactMap { one in
            let fields = JSONField(one)
            guard let name = try? fields["name"].string() else { return nil }
            let weight = (try? fields["weight"].double(or: 1)) ?? 1
            return LoRAChoice(
                name: name, weight: weight,
                textWeight: (try? fields["text_weight"].double(or: weight)) ?? weight)
        }
    }
}

/// The LoRAs that a job asks for: members of `loras`, and `<lora:NAME:0.8>` in its prompt. A job is
/// kept with all of them as `loras`, and with its prompt without tags; what paints gets neither the
/// member nor a name, but files.
struct JobLoRAs {
    let body: JobBody
    let model: ServedModel

    /// A request whose names are checked.
    ///
    /// - Parameter asksByPrompt: Whether who asks wrote the prompt. One that a picture brought may
    ///   name what is not here, which is left out.
    /// - Throws: `ServingError`, `FileError` that name the field.
    func checked(_ request: JSONValue, asksByPrompt: Bool) throws -> JSONValue {
        var request = request
        let field = body.json[JobMember.loras.name]
        var choices = try field.exists ? all(field) : []
        if case .string(let prompt)? = request["prompt"] {
            let taken = try taken(from: prompt, asksByPrompt)
            choices += taken.choices
            if taken.prompt != prompt {
                request = request.setting("prompt", .string(taken.prompt))
            }
        }
        guard !choices.isEmpty else { return request }
        guard model.canTakeLoRAs else {
            throw ServingError.invalid(
                field: JobMember.loras.name, problem: "only a latent diffusion model can take one")
        }
        guard choices.count <= body.limits.loras else {
            throw ServingError.tooLarge(
                field: JobMember.loras.name,
                problem: "\(choices.count) are more than \(body.limits.loras), which is accepted "
                    + "here")
        }
        return request.setting(JobMember.loras.name, .array(choices.map(\.json)))
    }

    private func all(_ field: JSONField) throws -> [LoRAChoice] {
        let fields = try field.array()
        guard fields.count <= body.limits.loras else {
            throw ServingError.tooLarge(
                field: field.path,
                problem: "\(fields.count) are more than \(body.limits.loras), which is accepted "
                    + "here")
        }
        return try fields.map { try choice($0) }
    }

    private func choice(_ field: JSONField) throws -> LoRAChoice {
        let accepted = ["name", "weight", "text_weight"]
        for (name, _) in try field.members() where !accepted.contains(name) {
            throw ServingError.unknownField(
                field: "\(field.path).\(name.prefix(100))",
                problem: "is unknown; \(accepted.joined(separator: ", ")) are accepted")
        }
        let name = field["name"]
        let lora = try body.catalogue.loras.named(try name.string(), field: name.path)
        let weight = try weight(field["weight"], or: 1)
        return LoRAChoice(
            name: lora.name, weight: weight,
            textWeight: try self.weight(field["text_weight"], or: weight))
    }

    private func weight(_ field: JSONField, or usual: Double) throws -> Double {
        try checked(field.exists ? try field.double() : usual, field.path)
    }

    private func checked(_ weight: Double, _ field: String) throws(ServingError) -> Double {
        guard LoRAChoice.weights.contains(weight) else {
            throw .invalid(field: field, problem: "\(weight) is not from -100 to 100")
        }
        return weight
    }

    /// Takes the tags out of a prompt.
    private func taken(
        from prompt: String, _ asksByPrompt: Bool
    ) throws -> (prompt: String, choices: [LoRAChoice]) {
        // Longer ones are refused later, by their length.
        guard prompt.unicodeScalars.count <= body.limits.prompt else { return (prompt, []) }
        let found: (prompt: String, tags: [LoRATag])
        do {
            found = try LoRATag.taken(from: prompt)
        } catch .request(let field, let problem) {
            guard asksByPrompt else { return (prompt, []) }
            throw ServingError.invalid(field: field, problem: problem)
        }
        return (
            found.prompt,
            try found.tags.compactMap { tag in
                do {
                    return LoRAChoice(
                        name: try body.catalogue.loras.named(tag.name, field: "prompt").name,
                        weight: try checked(tag.weight, "prompt"),
                        textWeight: try checked(tag.textWeight, "prompt"))
                } catch {
                    guard asksByPrompt else { return nil }
                    throw error
                }
            }
        )
    }
}
