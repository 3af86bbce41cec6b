import PinxitFiles
import PinxitSamplers

/// What a picture of another program says of how it was painted, as far as it can be asked for
/// here, and notes of what cannot.
struct ForeignSettings {
    /// What people call the program.
    var program: String
    /// As it writes it.
    var version: String?
    /// LoRAs stand in its prompt, as tags.
    var request = PaintRequest(prompt: "")
    /// What painted it.
    var model: NamedModel?
    /// What is not asked for, a line each.
    private(set) var notes: [String] = []

    init(program: String) { self.program = program }

    /// Notes something, of a picture that may say anything: a few lines, none long.
    mutating func note(_ text: String) {
        let line = text.split(whereSeparator: \.isNewline).joined(separator: " ").printable
        let short = line.count > 200 ? line.prefix(200) + "…" : line[...]
        guard notes.count < 40, !notes.contains(String(short)) else { return }
        notes.append(String(short))
    }

    /// Takes an option's value from a text, if it is accepted; else notes it.
    mutating func take<Value>(_ text: String?, _ option: RequestOption<Value>) {
        guard let text else { return }
        guard let value = Value(text: text) else {
            return note("\(option.name) \(text): \(option.accepted) is accepted")
        }
        take(value, option)
    }

    /// The same with a value.
    mutating func take<Value>(_ value: Value?, _ option: RequestOption<Value>) {
        guard let value else { return }
        guard option.accepts(value) else {
            return note("\(option.name) \(value) is not \(option.bounds.text)")
        }
        option.set(value, in: &request)
    }

    /// Programs whose samplers are k-diffusion's.
    private static let usesKDiffusion = [
        "AUTOMATIC1111's web UI", "Forge", "ComfyUI", "Fooocus",
    ]

    /// The sampler and schedule of other programs' names.
    ///
    /// - Parameter schedule: Where it is told apart; it goes before what the sampler's name says.
    mutating func take(sampler name: String?, schedule: String? = nil) {
        var said = ScheduleName.unsaid
        if let name {
            let sampler = SamplerName(name)
            said = sampler.schedule
            request.diffusion.sampler = sampler.sampler
            if sampler.sampler == .dpmpp2MSDE, Self.usesKDiffusion.contains(program) {
                note(
                    "\(name) follows a random walk there and draws as diffusers does here: "
                        + "the picture is another")
            }
            if name == "uni_pc", ["ComfyUI", "Fooocus"].contains(program) {
                note("uni_pc is solved with B(h) = h there, with e^h - 1 here (uni_pc_bh2 there)")
            }
            if sampler.sampler == nil {
                let near = Sampler.nearest(to: name).prefix(2).map(\.name)
                note(
                    "sampler \(name) is not here; the model's own is used"
                        + (near.isEmpty ? "" : ", --sampler \(near.joined(separator: " or "))")
                        + (near.isEmpty ? "" : " is near"))
            }
        }
        if let schedule, Sampler.key(of: schedule) != "automatic" {
            if let known = ScheduleName(schedule) {
                said = known
            } else {
                note("schedule \(schedule) is not here; the sampler's usual one is used")
            }
        }
        take(said)
    }

    private mutating func take(_ said: ScheduleName) {
        request.diffusion.spacing = said.spacing
        guard let curve = said.curve else { return }
        guard let sampler = request.diffusion.sampler, curve != .normal,
            !SchedulerConfiguration(sampler: sampler).takes(curve, sampler)
        else {
            if request.diffusion.sampler != nil || curve != .normal { take(schedule: curve) }
            return
        }
        let near = curve.nearSpacing
        request.diffusion.spacing = said.spacing ?? near
        note(
            "\(sampler) has no use for schedule \(curve.rawValue) here"
                + (near.map { "; spacing \($0.rawValue) is near" } ?? ""))
    }

    /// A schedule, for a model that may have no use for it.
    mutating func take(schedule curve: NoiseCurve?) {
        request.diffusion.schedule = curve
        request.diffusion.scheduleOptional = curve == nil || curve == .normal ? nil : true
    }

    /// A seed; torch's generator on the CPU uses the lowest 32 bits of larger ones.
    mutating func take(seed: JSONValue?) {
        switch seed {
        case .integer(let value) where value >= 0:
            request.seed = UInt32(truncatingIfNeeded: value)
        case .string(let text):
            guard let value = UInt64(text) else { return note("seed \(text) is no whole number") }
            request.seed = UInt32(truncatingIfNeeded: value)
        case nil, .null: break
        default: note("the seed is of more than 63 bits, which are not kept: chance decides")
        }
    }

    /// Others count the last layer too. Of SDXL, whose usual layer is the second to last, they take
    /// that one for 1 and for 2, and AUTOMATIC1111's web UI whatever is said.
    mutating func take(layersFromEnd layers: Int) {
        guard isOfSDXL else {
            if layers > 1 { take(layers - 1, RequestOptions.clipSkip) }
            return
        }
        if layers > 1, !isNamedSDXL {
            note(
                "clip skip \(layers) is that of SDXL, by its size; of others --clip-skip \(layers - 1)"
            )
        }
        if layers > 2, program != "AUTOMATIC1111's web UI" {
            take(layers - 2, RequestOptions.clipSkip)
        }
    }

    /// Whether it has as many pixels as SDXL's pictures mostly have.
    private var isLarge: Bool { (request.width ?? 0) * (request.height ?? 0) >= 980_000 }

    /// Whether SDXL painted it, as far as the model's name, or the size, tells.
    private var isOfSDXL: Bool { isNamedSDXL || isLarge }

    private var isNamedSDXL: Bool {
        let name = model?.name.lowercased() ?? ""
        return program == "Fooocus"
            || ["xl", "pony", "illustrious", "noob"].contains(where: name.contains)
    }

    /// Adds a LoRA to the prompt as a tag.
    mutating func take(lora name: String?, weight: Double, textWeight: Double? = nil) {
        guard let name = NamedModel(name)?.name, !name.contains(where: { "<>:".contains($0) })
        else { return note("a LoRA without a name that can be asked for") }
        let text = textWeight ?? weight
        let tag = UsedLoRA(name: name, weight: weight, textWeight: text, sha256: "").tag
        request.prompt += (request.prompt.isEmpty ? "" : " ") + tag
    }
}
