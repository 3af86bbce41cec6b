import FoundationEssentials
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitServing

/// What a client of OpenAI's image API asks for: the union of what versions 1 to 3 of its clients
/// send, with options of ours beside it. Fields that nobody knows are left alone, since the clients
/// get new ones every month; a null is as if nothing was said.
struct OpenAIRequest {
    let fields: JSONField
    let catalogue: Catalogue

    /// Names of models there that clients send by habit.
    private static let aliases = ["dall-e-2", "dall-e-3", "gpt-image", "chatgpt-image"]
    /// What `quality` multiplies a model's steps by.
    private static let qualities: [String: Double] = [
        "auto": 1, "standard": 1, "medium": 1, "low": 0.5, "high": 1.5, "hd": 1.5, "xhigh": 2,
        "max": 2.5,
    ]
    /// Options of ours and other servers' names of them.
    private static let extras: [(ours: String, names: [String])] = [
        ("seed", ["seed"]), ("negative_prompt", ["negative_prompt"]),
        ("steps", ["steps", "num_inference_steps"]),
        ("guidance_scale", ["guidance_scale", "true_cfg_scale", "cfg_scale"]),
        ("sampler", ["sampler", "sampler_name"]), ("spacing", ["spacing"]),
        ("clip_skip", ["clip_skip"]), ("eta", ["eta"]), ("precision", ["precision"]),
        ("tokens", ["tokens"]), ("truncation", ["truncation"]), ("loras", ["loras", "lora"]),
    ]

    /// - Parameter kind: `paint`, `edit` or `vary`.
    /// - Throws: `APIError`, `FileError`, `ServingError` that name the field.
    func body(kind: String, source: String?, mask: String?) throws -> JSONValue {
        let model = try self.model
        var members: [JSONMember] = [
            JSONMember("model", .string(model.name)), JSONMember("kind", .string(kind)),
            JSONMember("count", .integer(try count)),
            JSONMember("previews", .integer(try partials)),
        ]
        if let prompt = try prompt(isNeeded: kind != "vary") {
            members.append(JSONMember("prompt", .string(prompt)))
        }
        if let (width, height) = try size {
            members += [
                JSONMember("width", .integer(width)), JSONMember("height", .integer(height)),
            ]
        }
        for extra in Self.extras {
            guard let given = extra.names.first(where: { fields[$0].exists }) else { continue }
            if let value = fields[given].value { members.append(JSONMember(extra.ours, value)) }
        }
        if let steps = try steps(model), !members.contains(where: { $0.name == "steps" }) {
            members.append(JSONMember("steps", .integer(steps)))
        }
        if let source { members.append(JSONMember("source", .string(source))) }
        if let mask { members.append(JSONMember("mask", .string(mask))) }
        for name in ["strength", "mask_blur", "fill", "padding", "amount"]
        where source != nil && fields[name].exists {
            if let value = fields[name].value { members.append(JSONMember(name, value)) }
        }
        return .object(members)
    }

    var model: ServedModel {
        get throws {
            guard fields["model"].exists else { return catalogue.models[0] }
            let name = try fields["model"].string()
            if name.isEmpty || Self.aliases.contains(where: name.hasPrefix) {
                return catalogue.models[0]
            }
            return try catalogue.model(name)
        }
    }

    private func prompt(isNeeded: Bool) throws -> String? {
        let prompt = try fields["prompt"].string(or: "")
        guard prompt.isEmpty else { return prompt }
        guard isNeeded else { return nil }
        var error = APIError(.badRequest, "missing_required_parameter", "prompt: a text is needed")
        error.field = "prompt"
        throw error
    }

    private func refused(_ field: String, _ problem: String) -> APIError {
        APIError(.badRequest, "invalid_value", "\(field): \(problem)", field: field)
    }

    private var count: Int {
        get throws {
            let count = try fields["n"].int(or: 1)
            guard count >= 1 else { throw refused("n", "\(count) is not 1 or more") }
            return count
        }
    }

    private var size: (Int, Int)? {
        get throws {
            let text = try fields["size"].string(or: "auto")
            if text == "auto" { return nil }
            guard let size = PictureSize(text: text), size.width > 0, size.height > 0 else {
                throw refused("size", "\(text) is not auto or WIDTHxHEIGHT, such as 512x512")
            }
            return (size.width, size.height)
        }
    }

    private func steps(_ model: ServedModel) throws -> Int? {
        let name = try fields["quality"].string(or: "auto")
        guard let factor = Self.qualities[name] else {
            let accepted = Self.qualities.keys.sorted().joined(separator: ", ")
            throw refused("quality", "\(name) is not known; \(accepted) are accepted")
        }
        guard factor != 1, let usual = catalogue.usualSteps(model) else { return nil }
        return max(1, Int((Double(usual) * factor).rounded()))
    }

    /// How many pictures on the way are wanted.
    var partials: Int {
        get throws {
            let count = try fields["partial_images"].int(or: 0)
            guard (0...20).contains(count) else {
                throw refused("partial_images", "\(count) is not from 0 to 20")
            }
            return count
        }
    }

    var isStreamed: Bool { get throws { try fields["stream"].bool(or: false) } }

    /// Whether pictures are answered as addresses.
    var asAddress: Bool {
        get throws {
            // As OpenAI's own models of these names: their clients read the one or the other.
            let isDALLE = try fields["model"].string(or: "").hasPrefix("dall-e")
            let format = try fields["response_format"].string(or: isDALLE ? "url" : "b64_json")
            guard ["b64_json", "url"].contains(format) else {
                throw refused("response_format", "\(format) is not b64_json or url")
            }
            return format == "url"
        }
    }

    /// The file format of the pictures.
    var format: (name: String, quality: Int) {
        get throws {
            let name = try fields["output_format"].string(or: "png")
            guard ["png", "jpeg", "webp"].contains(name) else {
                throw refused("output_format", "\(name) is not png, jpeg or webp")
            }
            if try fields["background"].string(or: "auto") == "transparent" {
                throw refused("background", "transparent is not painted; auto or opaque is")
            }
            let quality = try fields["output_compression"].int(or: 100)
            guard (0...100).contains(quality) else {
                throw refused("output_compression", "\(quality) is not from 0 to 100")
            }
            return (name, max(1, quality))
        }
    }
}
