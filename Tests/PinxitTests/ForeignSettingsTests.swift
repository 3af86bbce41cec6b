import Foundation
import PinxitFiles
import PinxitImages
import PinxitSamplers
import Testing

@testable import Pinxit

/// Texts in the form of other programs.
@Suite struct ForeignSettingsTests {
    // MARK: AUTOMATIC1111

    static let a1111 = """
        a castle on a hill, <lora:ink:0.8>
        at night
        Negative prompt: fog, (blurry:1.2)
        Steps: 25, Sampler: DPM++ 2M SDE, Schedule type: Karras, CFG scale: 6.5, Seed: 4294967295, \
        Size: 512x768, Model hash: 6ce0161689, Model: v1-5-pruned-emaonly, VAE hash: 735e4c3a44, \
        VAE: vae-ft-mse-840000-ema-pruned.safetensors, Denoising strength: 0.7, Clip skip: 2, \
        Token merging ratio: 0.5, RNG: CPU, Hires upscale: 2, Hires steps: 15, \
        Hires upscaler: Latent, Lora hashes: "ink: 0123456789ab", Version: v1.9.4
        """

    @Test func automatic1111() throws {
        let settings = try CarriedSettings("parameters", Self.a1111)
        let request = settings.request
        #expect(settings.program == "AUTOMATIC1111's web UI" && settings.version == "v1.9.4")
        #expect(request.prompt == "a castle on a hill, <lora:ink:0.8>\nat night")
        #expect(request.negativePrompt == "fog, (blurry:1.2)")
        #expect(request.diffusion.steps == 25 && request.guidanceScale == 6.5)
        #expect(request.diffusion.sampler == .dpmpp2MSDE)
        #expect(request.diffusion.schedule == .karras)
        #expect(request.seed == 4_294_967_295)
        #expect(request.width == 512 && request.height == 768)
        // Their 2 is our 1.
        #expect(request.diffusion.text.clipSkip == 1)
        #expect(request.diffusion.tokenMerging == 0.5)
        #expect(
            settings.foreignModel?.wanted == "v1-5-pruned-emaonly.safetensors (SHA-256 6ce0161689…)"
        )
        let notes = settings.notes.joined(separator: "\n")
        let hires = request.diffusion.hires
        // All of the 15 are taken there, .7 of ours here.
        #expect(hires == HiresOptions(scale: 2, strength: 0.7, steps: 22, upscaler: .latent))
        #expect(notes.contains("--vae vae-ft-mse-840000-ema-pruned.safetensors"))
        #expect(notes.contains("follows a random walk there"))
        #expect(settings.notes.count == 2, "\(notes)")
    }

    @Test(
        arguments: [
            (
                "Sampler: DPM++ 2M Karras, Version: v1.7.0", Sampler.dpmpp2M, NoiseCurve.karras,
                false
            ),
            ("Sampler: DPM++ 2M, Version: v1.7.0", .dpmpp2M, nil, false),
            (
                "Sampler: DPM++ 2M, Schedule type: Automatic, Version: v1.10.1", .dpmpp2M, .karras,
                false
            ),
            (
                "Sampler: DPM++ 2M SDE, Schedule type: Automatic, Version: v1.10.1", .dpmpp2MSDE,
                .exponential, true
            ),
            (
                "Sampler: Euler a, Schedule type: Automatic, Version: v1.10.1", .eulerAncestral,
                nil, false
            ),
            ("Sampler: Euler, Schedule type: Beta, Version: v1.10.1", .euler, .beta, false),
            ("Sampler: Euler, Schedule type: GITS, Version: v1.10.1", .euler, nil, true),
            ("Sampler: DDIM, Schedule type: Karras, Version: v1.10.1", .ddim, nil, true),
            ("Sampler: DPM adaptive, Version: v1.6.0", nil, nil, true),
            (
                "Sampler: euler_a karras, Version: stable-diffusion.cpp", .eulerAncestral, .karras,
                false
            ),
        ] as [(String, Sampler?, NoiseCurve?, Bool)])
    func samplersAndSchedules(
        _ end: String, _ sampler: Sampler?, _ curve: NoiseCurve?, _ isNoted: Bool
    ) throws {
        let text = "a cat\nSteps: 20, CFG scale: 7, Seed: 1, RNG: CPU, " + end
        let settings = try CarriedSettings("parameters", text)
        #expect(settings.request.diffusion.sampler == sampler)
        #expect(settings.request.diffusion.schedule == curve)
        #expect(settings.request.diffusion.scheduleOptional == (curve == nil ? nil : true))
        #expect(settings.notes.isEmpty == !isNoted, "\(settings.notes)")
    }

    @Test func whatIsOutOfBoundsIsNoted() throws {
        let settings = try CarriedSettings(
            "parameters",
            "a cat\nSteps: 0, Sampler: Nonsense, CFG scale: nan, Seed: -5, Size: 512y512, RNG: CPU, "
                + "Clip skip: 1, Face restoration: CodeFormer")
        let request = settings.request
        #expect(request.diffusion.steps == nil && request.guidanceScale == nil)
        #expect(request.seed == nil && request.width == nil)
        #expect(request.diffusion.sampler == nil && request.diffusion.text.clipSkip == nil)
        for word in ["steps 0", "Nonsense", "nan", "-5", "512y512", "Face restoration CodeFormer"] {
            #expect(settings.notes.contains { $0.contains(word) }, "\(word)")
        }
    }

    @Test func wherePicturesHaveNoRNGTheNoiseIsThatOfAGraphicsCard() throws {
        let settings = try CarriedSettings(
            "parameters", "a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1")
        #expect(settings.request.diffusion.noise.kind == .philox)
        #expect(settings.notes.contains { $0.contains("noise was drawn by GPU") })
        let nvidia = try CarriedSettings("parameters", "a cat\nSteps: 20, CFG scale: 7, RNG: NV")
        #expect(nvidia.request.diffusion.noise.kind == .philox && nvidia.notes.isEmpty)
    }

    @Test func variationsAndTilesAreAskedFor() throws {
        let settings = try CarriedSettings(
            "parameters",
            "a cat\nSteps: 20, CFG scale: 7, Seed: 1, Variation seed: 9, "
                + "Variation seed strength: 0.25, Tiling: True, RNG: CPU")
        #expect(
            settings.request.diffusion.noise
                == NoiseOptions(variationSeed: 9, variationStrength: 0.25, tile: .xy))
        #expect(settings.notes.isEmpty, "\(settings.notes)")
    }

    @Test(
        "Clip skip is counted as who wrote it counts, of SDXL too",
        arguments: [
            ("Size: 512x512, Model: dream", 1), ("Size: 832x1216, Model: x", nil),
            ("Size: 512x512, Model: ponyDiffusionV6XL", nil),
            ("Size: 512x512, Model: sdxl, Version: f2.0.1v1.10.1", nil),
        ] as [(String, Int?)])
    func clipSkip(_ rest: String, _ skip: Int?) throws {
        func read(_ layers: Int) throws -> Int? {
            try CarriedSettings(
                "parameters", "a cat\nSteps: 20, CFG scale: 7, Clip skip: \(layers), \(rest)"
            ).request.diffusion.text.clipSkip
        }
        #expect(try read(2) == skip && read(1) == nil)
        #expect(try read(3) == (skip.map { $0 + 1 } ?? (rest.contains("Version: f") ? 1 : nil)))
    }

    @Test(
        "k-diffusion's plain levels hold where AUTOMATIC1111 chose or said no schedule",
        arguments: [
            ("Sampler: Euler a, Schedule type: Automatic", TimestepSpacing.linspace, nil),
            ("Sampler: DPM++ 2M", .linspace, nil), ("Sampler: DDIM", nil, nil),
            ("Sampler: DPM++ 2M, Schedule type: Automatic", nil, .karras),
            ("Sampler: DPM++ 2M Karras", nil, .karras),
        ] as [(String, TimestepSpacing?, NoiseCurve?)])
    func plainSchedule(
        _ said: String, _ spacing: TimestepSpacing?, _ curve: NoiseCurve?
    ) throws {
        let options = try CarriedSettings(
            "parameters", "a cat\nSteps: 20, \(said), CFG scale: 7, Seed: 1"
        ).request.diffusion
        #expect(options.spacing == spacing && options.schedule == curve)
    }

    @Test("What is no word there is none here, and learnt words are told")
    func networksInPrompts() throws {
        let settings = try CarriedSettings(
            "parameters",
            "a cat <hypernet:x:1>\nSteps: 20, CFG scale: 7, Seed: 1, RNG: CPU, "
                + "TI hashes: \"EasyNegative: 66a7279a88dd, bad: 1234\"")
        #expect(settings.request.prompt == "a cat ")
        #expect(settings.notes.contains { $0.contains("<hypernet:x:1>") })
        #expect(settings.notes.contains { $0.contains("--embedding EasyNegative") })
        #expect(settings.notes.contains { $0.contains("--embedding bad") })
        let taken = try LoRATag.taken(from: "a <lyco:ink:0.5> cat <lora:oil>")
        #expect(taken.tags.map(\.name) == ["ink", "oil"] && taken.prompt == "a  cat")
    }

    // MARK: Fooocus

    @Test func fooocus() throws {
        let settings = try CarriedSettings(
            "parameters",
            #"""
            {"adm_guidance": "(1.5, 0.8, 0.3)", "base_model": "juggernautXL_v8Rundiffusion",
            "base_model_hash": "aeb7e9e689", "clip_skip": 2,
            "full_negative_prompt": ["ugly", "(worst quality:2)"],
            "full_prompt": ["cinematic still a cat . film grain", "a cat, sharp"],
            "guidance_scale": 4, "loras": [["sd_xl_offset_example-lora_1.0", 0.1, "4852686128"]],
            "metadata_scheme": "fooocus", "negative_prompt": "ugly", "performance": "Speed",
            "prompt": "a cat", "prompt_expansion": "a cat, sharp", "refiner_model": "None",
            "refiner_switch": 0.5, "resolution": "(1152, 896)", "sampler": "dpmpp_2m_sde_gpu",
            "scheduler": "karras", "seed": "1234567890123456", "sharpness": 2, "steps": 30,
            "styles": "['Fooocus V2']", "vae": "Default (model)", "version": "Fooocus v2.5.5"}
            """#)
        let request = settings.request
        #expect(settings.program == "Fooocus" && settings.version == "Fooocus v2.5.5")
        #expect(
            request.prompt
                == "cinematic still a cat . film grain BREAK a cat, sharp "
                + "<lora:sd_xl_offset_example-lora_1.0:0.1>")
        #expect(request.originalPrompt == "a cat")
        #expect(request.negativePrompt == "ugly BREAK (worst quality:2)")
        #expect(request.width == 1152 && request.height == 896)
        #expect(request.diffusion.sampler == .dpmpp2MSDE && request.diffusion.schedule == .karras)
        #expect(request.seed == UInt32(truncatingIfNeeded: 1_234_567_890_123_456))
        #expect(request.diffusion.text.clipSkip == nil && request.diffusion.steps == 30)
        #expect(settings.foreignModel?.shortHash == "aeb7e9e689")
        #expect(settings.notes.contains { $0.hasPrefix("sharpness 2") })
    }

    @Test func fooocusInItsOtherScheme() throws {
        let settings = try CarriedSettings(
            "parameters",
            "a cat, sharp\nNegative prompt: ugly\nSteps: 4, Sampler: Euler, Seed: 7, "
                + "Size: 1152x896, CFG scale: 1, Sharpness: 2, Model: jugger, Model hash: "
                + "aeb7e9e689, Performance: Lightning, Scheduler: sgm_uniform, VAE: Default (model), "
                + #"Raw prompt: a cat, Lora hashes: "x: 4852686128, y: 4852686129", "#
                + #"Lora weights: "x: 0.1, y: 1.0", Version: Fooocus v2.5.5"#)
        #expect(settings.program == "Fooocus")
        #expect(settings.request.prompt == "a cat, sharp <lora:x:0.1> <lora:y:1.0>")
        #expect(settings.request.diffusion.sampler == .euler)
        #expect(settings.request.diffusion.schedule == .sgmUniform)
        #expect(settings.notes.contains("Sharpness 2 has no counterpart here"))
        #expect(
            !settings.notes.contains { note in
                ["Scheduler", "VAE", "autoencoder", "Lora", "Raw"].contains(where: note.contains)
            })
    }

    // MARK: InvokeAI

    @Test func invokeAI() throws {
        let settings = try CarriedSettings(
            "invokeai_metadata",
            #"""
            {"app_version": "4.2.8", "generation_mode": "txt2img", "positive_prompt": "a fox",
            "negative_prompt": "fog", "width": 768, "height": 432, "seed": 356120443,
            "rand_device": "cuda", "seamless_x": true, "cfg_scale": 7.5, "steps": 50,
            "scheduler": "dpmpp_2m_sde_k",
            "clip_skip": 1, "model": {"key": "1", "hash": "blake3:ab", "name": "dreamshaper-8",
            "base": "sd-1", "type": "main"}, "controlnets": [], "ipAdapters": [{}],
            "t2iAdapters": [], "loras": [{"model": {"name": "ink"}, "weight": 0.75}],
            "vae": {"name": "sd-vae-ft-mse"}}
            """#)
        let request = settings.request
        #expect(settings.program == "InvokeAI" && settings.version == "4.2.8")
        #expect(request.prompt == "a fox <lora:ink:0.75>" && request.negativePrompt == "fog")
        #expect(request.width == 768 && request.height == 432 && request.seed == 356_120_443)
        #expect(request.diffusion.sampler == .dpmpp2MSDE && request.diffusion.schedule == .karras)
        #expect(request.diffusion.noise == NoiseOptions(kind: .philox, tile: .x))
        // It counts as diffusers does.
        #expect(request.diffusion.text.clipSkip == 1 && request.diffusion.text.emphasis == .off)
        #expect(settings.foreignModel?.name == "dreamshaper-8")
        #expect(settings.foreignModel?.shortHash == nil)
        #expect(settings.notes.contains("1 of ipAdapters have no counterpart here"))
        #expect(settings.notes.contains { $0.contains("--vae sd-vae-ft-mse") })
    }

    @Test func invokeAIBeforeVersion3() throws {
        let settings = try CarriedSettings(
            "sd-metadata",
            #"""
            {"model": "stable diffusion", "model_weights": "stable-diffusion-1.5", "model_hash":
            "cc6cb27103417325ff94f52b7a5d2dde45a7515b25c255d8e396c90014281516", "app_id":
            "invoke-ai/InvokeAI", "app_version": "2.3.5", "image": {"prompt": [{"prompt":
            "a fox++ [fog]", "weight": 1}], "steps": 30, "cfg_scale": 7, "height": 512, "width": 640,
            "seed": 12, "type": "txt2img", "sampler": "k_euler_a"}}
            """#)
        let request = settings.request
        #expect(request.prompt == "a fox++ " && request.negativePrompt == "fog")
        #expect(request.diffusion.sampler == .eulerAncestral && request.width == 640)
        #expect(settings.foreignModel?.name == "stable-diffusion-1.5")
        #expect(
            settings.notes == [
                "the prompt has weights in Compel's syntax, which is read as text here"
            ])
    }

    // MARK: Hostile texts

    @Test(arguments: [
        ("prompt", String(repeating: "[", count: 100_000)), ("prompt", "{\"1\": 2}"),
        ("workflow", "{\"nodes\": []}"), ("invokeai_metadata", "[1,2]"), ("prompt", ""),
        ("parameters", String(repeating: "{\"a\":", count: 70)), ("Comment", "a cat"),
    ])
    func whatHoldsNothingIsOneLine(_ key: String, _ text: String) {
        let error = #expect(throws: PaintError.self) { try CarriedSettings(key, text) }
        let line = "\(error.map { "\($0)" } ?? "")"
        #expect(line.hasPrefix("a.png: the settings: ") && line.count < 300, "\(line)")
    }

    @Test func notesAreFewAndShort() throws {
        let fields = (0..<5000).map { "Key\($0): " + String(repeating: "x", count: 1000) }
        let settings = try CarriedSettings(
            "parameters", "a cat\nSteps: 20, Seed: 1, " + fields.joined(separator: ", "))
        #expect(settings.notes.count <= 40 && settings.notes.allSatisfy { $0.count <= 201 })
    }

    @Test func pathsInNamesAreNotFollowed() throws {
        #expect(NamedModel("../../etc/passwd")?.name == "passwd")
        #expect(NamedModel(#"C:\models\a.safetensors"#)?.name == "a")
        #expect(NamedModel("/") == nil && NamedModel("") == nil && NamedModel(nil) == nil)
    }
}

extension CarriedSettings {
    /// Of a picture that carries this text alone.
    init(_ key: String, _ text: String) throws {
        try self.init(texts: [PNGText(key: key, text: text)], file: "a.png")
    }
}
