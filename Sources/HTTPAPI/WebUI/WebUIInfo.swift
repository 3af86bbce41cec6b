import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitServing

/// The text `info` beside the pictures: what they were painted with.
struct WebUIInfo {
    private let job: Job
    private let infotexts: [String]

    init(_ job: Job, _ images: [Data]) throws {
        self.job = job
        infotexts = try images.map { try PaintService.settings(in: $0).parameters ?? "" }
    }

    var json: JSONValue {
        let settings = job.settings.map(JobJSON.parsed) ?? .null
        let first = infotexts.first.map { Infotext(parsing: $0) }
        let negative = settings["negative_prompt"] ?? ""
        let size = job.pictures.first
        let tags = LoRAChoice.all(in: JobJSON.parsed(job.request)).map(\.tag)
        let prompt = ([job.prompt] + tags).filter { !$0.isEmpty }.joined(separator: " ")
        let seeds = job.pictures.map { JSONValue.integer(Int($0.seed)) }
        let prompts = job.pictures.map { _ in JSONValue.string(prompt) }
        return [
            "prompt": .string(prompt), "all_prompts": .array(prompts),
            "negative_prompt": negative,
            "all_negative_prompts": .array(job.pictures.map { _ in negative }),
            "seed": .integer(Int(job.seed)), "all_seeds": .array(seeds),
            "subseed": settings["variation_seed"] ?? .integer(Int(job.seed)),
            "all_subseeds": .array(subseeds(settings) ?? seeds),
            "subseed_strength": settings["variation_strength"] ?? 0,
            "width": .integer(size?.width ?? 0),
            "height": .integer(size?.height ?? 0), "sampler_name": first?["Sampler"].json ?? "",
            "cfg_scale": settings["guidance_scale"] ?? .null,
            "steps": settings["steps"] ?? .null, "batch_size": .integer(job.count),
            "restore_faces": false, "face_restoration_model": .null,
            "sd_model_name": .string(job.model), "sd_model_hash": .null, "sd_vae_name": .null,
            "sd_vae_hash": .null, "seed_resize_from_w": -1, "seed_resize_from_h": -1,
            "denoising_strength": settings["source"]?["strength"] ?? .null,
            "extra_generation_params": [:], "index_of_first_image": 0,
            "infotexts": .array(infotexts.map { .string($0) }), "styles": [],
            "job_timestamp": .string("\(Int(job.created))"),
            "clip_skip": .integer(clipSkip(settings) + 1),
            "is_using_inpainting_conditioning": false, "version": "Pinxit",
            "warnings": .array(job.warnings.map { .string($0) }),
        ]
    }

    /// The next picture has one higher; nil where noise is led nowhere.
    private func subseeds(_ settings: JSONValue) -> [JSONValue]? {
        guard case .integer(let first)? = settings["variation_seed"] else { return nil }
        return job.pictures.map { .integer(first + $0.number - 1) }
    }

    private func clipSkip(_ settings: JSONValue) -> Int {
        if case .integer(let layers)? = settings["clip_skip"] { layers } else { 0 }
    }
}
