import PinxitFiles
import PinxitImages
import PinxitSamplers

/// AUTOMATIC1111's text, and that of those who write the same: Forge, SD.Next,
/// stable-diffusion.cpp, Fooocus with its other scheme.
extension ForeignSettings {
    init(_ info: Infotext) {
        self.init(program: Self.program(of: info))
        version = info["Version"]
        request.prompt = info.prompt
        request.negativePrompt = info.negativePrompt
        // Who writes such a text reads prompts so.
        request.diffusion.text.emphasis = .a1111
        take(info["Steps"], RequestOptions.steps)
        take(info["CFG scale"], RequestOptions.guidanceScale)
        take(info["Image CFG scale"], RequestOptions.imageGuidanceScale)
        take(info["Token merging ratio"], RequestOptions.tokenMerging)
        take(seed: info["Seed"].map { .string($0) })
        takeSize(info["Size"])
        // Fooocus names the schedule apart.
        take(sampler: info["Sampler"], schedule: info["Schedule type"] ?? info["Scheduler"])
        takeAutomaticSchedule(info)
        takeEta(info)
        takeNoise(info)
        takeHires(info)
        model = NamedModel(info["Model"], hash: info["Model hash"])
        if let skip = info["Clip skip"].flatMap({ Int($0) }) { take(layersFromEnd: skip) }
        takeLoRAs(info["Lora weights"])
        takeOutNetworks()
        noteRest(info)
    }

    private static func program(of info: Infotext) -> String {
        let version = (info["Version"] ?? "").lowercased()
        let known = [
            ("pinxit", "Pinxit"), ("fooocus", "Fooocus"),
            ("stable-diffusion.cpp", "stable-diffusion.cpp"), ("comfyui", "ComfyUI"),
            ("neo", "Forge Neo"), ("f", "Forge"),
        ]
        let found = known.first { version.hasPrefix($0.0) }?.1
        return found ?? (info["App"] == "SD.Next" ? "SD.Next" : "AUTOMATIC1111's web UI")
    }

    /// Fooocus' "name: 0.5, name: 0.8"; in others' texts they stand in the prompt.
    private mutating func takeLoRAs(_ text: String?) {
        for part in text?.split(separator: ",").prefix(100) ?? [] {
            guard let colon = part.lastIndex(of: ":") else { continue }
            func trimmed(_ text: Substring) -> String {
                String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
            }
            take(
                lora: trimmed(part[..<colon]),
                weight: Double(trimmed(part[part.index(after: colon)...])) ?? 1)
        }
    }

    /// Hypernetworks are no words there either.
    private mutating func takeOutNetworks() {
        request.prompt = withoutNetworks(request.prompt)
        request.negativePrompt = withoutNetworks(request.negativePrompt)
    }

    private mutating func withoutNetworks(_ prompt: String) -> String {
        var (rest, kept) = (prompt[...], "")
        while let start = rest.firstRange(of: "<hypernet:"),
            let end = rest[start.upperBound...].firstIndex(of: ">")
        {
            note("\(rest[start.lowerBound...end]) has no counterpart here")
            kept += rest[..<start.lowerBound]
            rest = rest[rest.index(after: end)...]
        }
        return kept + rest
    }

    mutating func takeSize(_ text: String?) {
        guard let text else { return }
        guard let size = PictureSize(text: text) else {
            return note("size \(text): WIDTHxHEIGHT is accepted")
        }
        take(size.width, RequestOptions.width)
        take(size.height, RequestOptions.height)
    }

    /// Before 1.9 the label said all; since then a sampler has its usual schedule.
    private mutating func takeAutomaticSchedule(_ info: Infotext) {
        guard let sampler = request.diffusion.sampler, request.diffusion.schedule == nil,
            program == "AUTOMATIC1111's web UI" || program == "Forge"
        else { return }
        let said = info["Schedule type"].map { Sampler.key(of: $0) }
        guard said == nil || said == "automatic" else { return }
        let curve = ScheduleName.automatic(of: sampler)
        if curve != .normal, said != nil {
            take(schedule: curve)
        } else if !Self.hasOwnTimes.contains(sampler) {
            // k-diffusion's plain levels, whatever the model's file says.
            request.diffusion.spacing = .linspace
        }
    }

    /// Samplers that are not k-diffusion's there.
    private static let hasOwnTimes: Set<Sampler> = [.ddim, .ddpm, .pndm, .uniPC, .deis, .lcm, .tcd]

    private mutating func takeEta(_ info: Infotext) {
        guard let text = info["Eta"] ?? info["Eta DDIM"] else { return }
        guard request.diffusion.sampler?.adding(0) != nil else {
            return note("eta \(text): the sampler has no use for it here")
        }
        take(text, RequestOptions.eta)
    }

    /// What is nothing that changes the picture, or has been looked at.
    private static let silent: Set<String> = [
        "Steps", "Sampler", "Schedule type", "CFG scale", "Image CFG scale", "Seed", "Size", "RNG",
        "Model", "Model hash", "Clip skip", "Version", "Token merging ratio", "Eta", "Eta DDIM",
        "Lora hashes", "TI hashes", "Hashes", "VAE hash", "User", "App", "Created Date",
        "Civitai resources", "Civitai metadata", "Metadata scheme", "Styles", "Performance",
        "Batch size", "Batch pos", "Module 1", "Backend", "Pipeline", "Operations", "Time",
        "Denoising strength", "Hires upscale", "Hires resize", "Hires steps", "Hires upscaler",
        "Hires sampler",
        "Variation seed", "Variation seed strength", "Tiling",
        "VAE", "Refiner", "Refiner switch at", "Emphasis",
        "Scheduler", "Lora weights", "Raw prompt", "Raw negative prompt", "Refiner hash",
    ]

    private mutating func noteRest(_ info: Infotext) {
        if let vae = info["VAE"], vae != "None", vae != "Automatic", !vae.hasPrefix("Default") {
            note("was decoded with the autoencoder \(vae): --vae \(vae) does so again")
        }
        if let refiner = info["Refiner"] {
            note(
                "the refiner \(refiner) took the last steps: --refiner names it, --refiner-at "
                    + (info["Refiner switch at"] ?? "0.8"))
        }
        if let learnt = info["TI hashes"] {
            let names = learnt.split(separator: ",")
                .compactMap { $0.split(separator: ":").first?.drop { $0 == " " } }
            for name in names.prefix(10) {
                note("the word \(name) was learnt apart: --embedding \(name) brings it along")
            }
        }
        if let emphasis = info["Emphasis"], emphasis != "Original" {
            note("emphasis \(emphasis): weights keep the mean here, as usual")
        }
        for field in info.fields where !Self.silent.contains(field.key) {
            note("\(field.key) \(field.value) has no counterpart here")
        }
    }

    /// Programs that draw noise on the processor.
    private static let drawsOnCPU = ["Pinxit", "ComfyUI"]

    /// Whose numbers the noise is of, and what it is led to. AUTOMATIC1111 draws on the graphics
    /// card unless it says otherwise.
    private mutating func takeNoise(_ info: Infotext) {
        let source =
            info["RNG"]?.uppercased() ?? (Self.drawsOnCPU.contains(program) ? "CPU" : "GPU")
        if source != "CPU" { request.diffusion.noise.kind = .philox }
        if source != "CPU", source != "NV" {
            note("its noise was drawn by \(source): it is drawn as CUDA does, other cards differ")
        }
        if info["Tiling"]?.lowercased() == "true" { request.diffusion.noise.tile = .xy }
        guard let strength = info["Variation seed strength"], Double(strength) != 0 else { return }
        take(strength, RequestOptions.variationStrength)
        if request.diffusion.noise.variationStrength != nil {
            take(info["Variation seed"], RequestOptions.variationSeed)
        }
    }

    /// The second pass; without one a strength is that of a picture that was painted over.
    private mutating func takeHires(_ info: Infotext) {
        guard let scale = info["Hires upscale"] else {
            if let size = info["Hires resize"] {
                note("Hires resize \(size) is not done: --hires takes how many times the size")
            } else if let strength = info["Denoising strength"] {
                note(
                    "was painted from a picture (strength \(strength)), which it does not hold: "
                        + "pinxit edit PICTURE --strength \(strength) does so")
            }
            return
        }
        take(scale, RequestOptions.hiresScale)
        guard request.diffusion.hires.scale != nil else { return }
        take(info["Denoising strength"], RequestOptions.hiresStrength)
        let steps = info["Hires steps"].flatMap { $0 == "0" ? nil : $0 } ?? info["Steps"]
        if let steps = steps.flatMap({ Int($0) }) {
            let asked = HiresOptions.steps(
                taking: steps, strength: request.diffusion.hires.strength)
            take("\(asked)", RequestOptions.hiresSteps)
        }
        if let name = info["Hires sampler"], name != "Use same sampler" {
            request.diffusion.hires.sampler = SamplerName(name).sampler
            if request.diffusion.hires.sampler == nil { note("Hires sampler \(name) is not here") }
        }
        guard let upscaler = info["Hires upscaler"] else { return }
        request.diffusion.hires.upscaler = HiresUpscaler(text: upscaler) ?? .lanczos
        if HiresUpscaler(text: upscaler) == nil {
            note(
                "Hires upscaler \(upscaler): Lanczos' filter enlarges; --upscaler \(upscaler) "
                    + "--hires-upscaler model does so again")
        }
    }
}
