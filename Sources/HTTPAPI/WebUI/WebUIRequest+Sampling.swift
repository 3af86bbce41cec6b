import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitSamplers
import PinxitServing

extension WebUIRequest {
    /// The seed that leads the noise, and how far.
    var variation: [JSONMember] {
        get throws {
            let strength = try fields["subseed_strength"].double(or: 0)
            guard strength > 0 else { return [] }
            let seed = try fields["subseed"].int(or: -1)
            return [JSONMember("variation_strength", .number(strength))]
                + (seed < 0 ? [] : [JSONMember("variation_seed", .integer(seed))])
        }
    }

    /// The sampler and how its steps lie; a sampler's name may say both.
    var sampling: [JSONMember] {
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
    var secondPass: [JSONMember] {
        get throws {
            var members: [JSONMember] = []
            members.append(JSONMember("hires_scale", .number(try secondScale)))
            let strength = try fields["denoising_strength"].double(or: 0.75)
            members.append(JSONMember("hires_strength", .number(strength)))
            // There all of them are taken, here a part.
            let own = try fields["hr_second_pass_steps"].int(or: 0)
            let steps = own > 0 ? own : try fields["steps"].int(or: 0)
            if steps > 0 {
                let asked = HiresOptions.steps(taking: steps, strength: strength)
                members.append(JSONMember("hires_steps", .integer(asked)))
            }
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
}
