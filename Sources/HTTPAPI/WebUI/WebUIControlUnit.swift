import HTTPTypes
import PinxitFiles
import PinxitServing

/// A unit of the extension for ControlNets. Clients send every field with its default; what only
/// saves memory or shows something is left out.
struct WebUIControlUnit {
    /// How a picture of another shape is brought to the one that is painted.
    enum Fitting { case stretched, cut, filled }

    let fields: JSONField

    /// The network's name; nil for a unit that does nothing.
    var name: String? {
        get throws {
            guard try fields["enabled"].flag(or: true) else { return nil }
            let name = try fields["model"].string(or: "None").withoutHash
            guard name.isEmpty || name.lowercased() == "none" else { return name }
            // Some modules work without a network.
            _ = try preparation
            return nil
        }
    }

    private var module: String {
        get throws { try fields["module"].string(or: "none").lowercased() }
    }

    /// What is made of the picture before a ControlNet sees it.
    var preparation: [JSONMember] {
        get throws {
            switch try module {
            case "none", "": return []
            case "canny":
                return [
                    JSONMember("prepare", "canny"),
                    JSONMember("low", try threshold("threshold_a", or: 100)),
                    JSONMember("high", try threshold("threshold_b", or: 200)),
                ]
            default:
                throw fields.notSupported(
                    "\(try module.prefix(100)) (\(WebUIControl.modules.joined(separator: ", ")) are)",
                    "module")
            }
        }
    }

    /// -1 is the usual one.
    private func threshold(_ name: String, or usual: Double) throws -> JSONValue {
        let value = try fields[name].double(or: usual)
        return .number(value < 0 ? usual : value)
    }

    var weight: Double { get throws { try fields["weight"].double(or: 1) } }

    var part: (start: Double, end: Double) {
        get throws {
            (
                try fields["guidance_start"].double(or: 0), try fields["guidance_end"].double(or: 1)
            )
        }
    }

    /// As a client gives it; nil for none.
    var picture: String? {
        get throws {
            for name in ["mask", "mask_image"] where try !isEmpty(fields[name]) {
                throw fields.notSupported("a mask of a control", name)
            }
            let given = fields["image"].exists ? fields["image"] : fields["input_image"]
            guard case .object? = given.value else {
                return try isEmpty(given) ? nil : try given.string()
            }
            guard try isEmpty(given["mask"]) else {
                throw given.notSupported("a mask of a control", "mask")
            }
            return try isEmpty(given["image"]) ? nil : try given["image"].string()
        }
    }

    private func isEmpty(_ field: JSONField) throws -> Bool {
        try !field.exists || field.string().isEmpty
    }

    var fitting: Fitting {
        get throws {
            switch try choice("resize_mode", or: 1) {
            case "0", "just resize": return .stretched
            case "1", "crop and resize", "inner fit (scale to fit)", "scale to fit (inner fit)":
                return .cut
            case "2", "resize and fill", "outer fit (shrink to fit)", "envelope (outer fit)":
                return .filled
            case let other: throw fields.notSupported(String(other.prefix(100)), "resize_mode")
            }
        }
    }

    /// Whether the network alone says what is painted, as guess mode has it.
    var isGuessing: Bool {
        get throws {
            switch try choice("control_mode", or: 0) {
            case "0", "balanced": return try fields["guess_mode"].flag(or: false)
            case "2", "controlnet is more important": return true
            case let other: throw fields.notSupported(String(other.prefix(100)), "control_mode")
            }
        }
    }

    /// - Throws: `APIError` for a unit that is for one of two passes only.
    func checkPasses() throws {
        let passes = try choice("hr_option", or: 0)
        guard ["0", "both"].contains(passes) else {
            throw fields.notSupported(String(passes.prefix(100)), "hr_option")
        }
    }

    /// A choice by its number or its name, in lower case.
    private func choice(_ name: String, or usual: Int) throws -> String {
        guard case .string(let text)? = fields[name].value else {
            return "\(try fields[name].int(or: usual))"
        }
        return text.lowercased()
    }

    /// The members of a job that a picture as a prompt is.
    func imagePrompt(_ network: ServedControl) throws -> [JSONMember] {
        let module = try module
        guard module == "none" || module.isEmpty || module.hasPrefix("ip-adapter") else {
            throw fields.notSupported("\(module.prefix(100)) before an IP-Adapter", "module")
        }
        guard try part == (0, 1) else {
            throw fields.notSupported("an IP-Adapter for a part of the steps", "guidance_start")
        }
        guard let picture = try picture else {
            throw ServingError.invalid(
                field: fields["image"].path, problem: "is missing; a picture is accepted")
        }
        return [
            JSONMember("ip_adapter", .string(network.name)),
            JSONMember("image_prompt", .string(picture)),
            JSONMember("image_prompt_scale", .number(try weight)),
        ]
    }
}
