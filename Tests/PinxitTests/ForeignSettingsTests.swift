import Foundation
import PinxitFiles
import PinxitImages
import PinxitSamplers
import Testing

@testable import Pinxit

/// Texts in the form of other programs.
@Suite struct ForeignSettingsTests {
    private func carried(_ key: String, _ text: String) throws -> CarriedSettings {
        try CarriedSettings(texts: [PNGText(key: key, text: text)], file: "a.png")
    }

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
        let settings = try carried("parameters", Self.a1111)
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
        #expect(hires == HiresOptions(scale: 2, strength: 0.7, steps: 15, upscaler: .latent))
        #expect(notes.contains("--vae vae-ft-mse-840000-ema-pruned.safetensors"))
        #expect(settings.notes.count == 1, "\(notes)")
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
                .exponential, false
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
        let settings = try carried("parameters", text)
        #expect(settings.request.diffusion.sampler == sampler)
        #expect(settings.request.diffusion.schedule == curve)
        #expect(settings.request.diffusion.scheduleOptional == (curve == nil ? nil : true))
        #expect(settings.notes.isEmpty == !isNoted, "\(settings.notes)")
    }

    @Test func whatIsOutOfBoundsIsNoted() throws {
        let settings = try carried(
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
        let settings = try carried(
            "parameters", "a cat\nSteps: 20, Sampler: Euler, CFG scale: 7, Seed: 1")
        #expect(settings.request.diffusion.noise.kind == .philox)
        #expect(settings.notes.contains { $0.contains("noise was drawn by GPU") })
        let nvidia = try carried("parameters", "a cat\nSteps: 20, CFG scale: 7, RNG: NV")
        #expect(nvidia.request.diffusion.noise.kind == .philox && nvidia.notes.isEmpty)
    }

    @Test func variationsAndTilesAreAskedFor() throws {
        let settings = try carried(
            "parameters",
            "a cat\nSteps: 20, CFG scale: 7, Seed: 1, Variation seed: 9, "
                + "Variation seed strength: 0.25, Tiling: True, RNG: CPU")
        #expect(
            settings.request.diffusion.noise
                == NoiseOptions(variationSeed: 9, variationStrength: 0.25, tile: .xy))
        #expect(settings.notes.isEmpty, "\(settings.notes)")
    }

    // MARK: Fooocus

    @Test func fooocus() throws {
        let settings = try carried(
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
        #expect(request.diffusion.text.clipSkip == 1 && request.diffusion.steps == 30)
        #expect(settings.foreignModel?.shortHash == "aeb7e9e689")
        #expect(settings.notes.contains { $0.hasPrefix("sharpness 2") })
    }

    @Test func fooocusInItsOtherScheme() throws {
        let settings = try carried(
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
        let settings = try carried(
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
        let settings = try carried(
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

    // MARK: ComfyUI

    static let comfy = #"""
        {"3": {"class_type": "KSampler", "inputs": {"cfg": 8, "denoise": 1,
          "latent_image": ["5", 0], "model": ["10", 0], "negative": ["7", 0], "positive": ["6", 0],
          "sampler_name": "euler_ancestral", "scheduler": "normal", "seed": 156680208700286,
          "steps": 20}},
         "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "SD1.5/dream.ckpt"}},
         "5": {"class_type": "EmptyLatentImage", "inputs": {"batch_size": 1, "height": 512,
          "width": 768}},
         "6": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["12", 0],
          "text": ["13", 0]}},
         "7": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["12", 0], "text": "fog"}},
         "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
         "9": {"class_type": "SaveImage", "inputs": {"images": ["8", 0]}},
         "10": {"class_type": "LoraLoader", "inputs": {"clip": ["11", 1], "lora_name": "b.safetensors",
          "model": ["11", 0], "strength_clip": 0.5, "strength_model": 0.25}},
         "11": {"class_type": "LoraLoader", "inputs": {"clip": ["4", 1], "lora_name": "x/a.safetensors",
          "model": ["4", 0], "strength_clip": 1.0, "strength_model": 1.0}},
         "12": {"class_type": "CLIPSetLastLayer", "inputs": {"clip": ["10", 1],
          "stop_at_clip_layer": -2}},
         "13": {"class_type": "PrimitiveString", "inputs": {"value": "a (red:1.2) house"}}}
        """#

    @Test func comfyUI() throws {
        let settings = try carried("prompt", Self.comfy)
        let request = settings.request
        #expect(settings.program == "ComfyUI")
        #expect(request.prompt == "a (red:1.2) house <lora:a:1.0> <lora:b:0.5:0.25>")
        #expect(request.negativePrompt == "fog" && request.diffusion.text.emphasis == .comfy)
        #expect(request.width == 768 && request.height == 512)
        #expect(request.diffusion.steps == 20 && request.guidanceScale == 8)
        #expect(request.diffusion.sampler == .eulerAncestral)
        #expect(request.diffusion.text.clipSkip == 1)
        // The lowest 32 bits are what torch's generator begins with.
        #expect(request.seed == UInt32(156_680_208_700_286 % (1 << 32)))
        #expect(settings.foreignModel?.file == "dream.ckpt" && settings.notes == [])
    }

    @Test func wordsThatANodeJoinsAreTakenAndThoseThatOneMakesAreTold() throws {
        let given = #"{"class_type": "PrimitiveString", "inputs": {"value": "a (red:1.2) house"}}"#
        let joined =
            #"{"class_type": "StringConcatenate", "inputs": {"string_a": "a house", "#
            + #""string_b": ["14", 0], "delimiter": ", "}}, "14": {"class_type": "#
            + #""PrimitiveString", "inputs": {"value": "snow"}}"#
        let taken = try carried(
            "prompt", Self.comfy.replacingOccurrences(of: given, with: joined))
        #expect(taken.request.prompt == "a house, snow <lora:a:1.0> <lora:b:0.5:0.25>")
        #expect(taken.notes == [])
        let made = #"{"class_type": "Florence2Run", "inputs": {"task": "caption"}}"#
        let told = try carried("prompt", Self.comfy.replacingOccurrences(of: given, with: made))
        #expect(told.request.prompt == "<lora:a:1.0> <lora:b:0.5:0.25>")
        #expect(told.notes == ["words that Florence2Run made are not told, and are left out"])
        // It joins itself.
        let circle = joined.replacingOccurrences(of: #"["14", 0]"#, with: #"["13", 0]"#)
        let ended = try carried(
            "prompt", Self.comfy.replacingOccurrences(of: given, with: circle))
        #expect(ended.notes.count == 1)
    }

    /// Latents are made larger and sampled again: the first pass is taken, the second is told.
    @Test func comfyUIInTwoPasses() throws {
        let second = #"""
            ,"20": {"class_type": "LatentUpscaleBy", "inputs": {"samples": ["3", 0], "scale_by": 2}},
             "21": {"class_type": "KSampler", "inputs": {"cfg": 5, "denoise": 0.5,
              "latent_image": ["20", 0], "model": ["10", 0], "negative": ["7", 0],
              "positive": ["6", 0], "sampler_name": "euler", "scheduler": "karras", "seed": 1,
              "steps": 9}}}
            """#
        let text = Self.comfy.replacingOccurrences(
            of: #""samples": ["3", 0], "vae""#, with: #""samples": ["21", 0], "vae""#)
        let settings = try carried("prompt", String(text.dropLast()) + second)
        #expect(settings.request.diffusion.steps == 20 && settings.request.width == 768)
        #expect(settings.notes.count == 1)
        #expect(settings.notes[0].contains("9 steps, denoise 0.5"))
    }

    @Test func comfyUIWithASamplerInParts() throws {
        let settings = try carried(
            "prompt",
            #"""
            {"1": {"class_type": "SamplerCustomAdvanced", "inputs": {"noise": ["2", 0],
              "guider": ["3", 0], "sampler": ["4", 0], "sigmas": ["5", 0], "latent_image": ["6", 0]}},
             "2": {"class_type": "RandomNoise", "inputs": {"noise_seed": 7}},
             "3": {"class_type": "CFGGuider", "inputs": {"cfg": 4.5, "model": ["7", 0],
              "positive": ["8", 0], "negative": ["9", 0]}},
             "4": {"class_type": "KSamplerSelect", "inputs": {"sampler_name": "dpmpp_2m"}},
             "5": {"class_type": "BasicScheduler", "inputs": {"scheduler": "karras", "steps": 12,
              "denoise": 1.0, "model": ["7", 0]}},
             "6": {"class_type": "EmptyLatentImage", "inputs": {"width": 64, "height": 32}},
             "7": {"class_type": "UNETLoader", "inputs": {"unet_name": "u.safetensors"}},
             "8": {"class_type": "ConditioningConcat", "inputs": {"conditioning_to": ["10", 0],
              "conditioning_from": ["11", 0]}},
             "9": {"class_type": "CLIPTextEncode", "inputs": {"text": ""}},
             "10": {"class_type": "CLIPTextEncode", "inputs": {"text": "one"}},
             "11": {"class_type": "CLIPTextEncode", "inputs": {"text": "two"}}}
            """#)
        let request = settings.request
        #expect(request.seed == 7 && request.guidanceScale == 4.5 && request.diffusion.steps == 12)
        #expect(request.diffusion.sampler == .dpmpp2M && request.diffusion.schedule == .karras)
        #expect(request.prompt == "one BREAK two" && request.width == 64)
        #expect(settings.foreignModel?.name == "u")
    }

    @Test func comfyUIAsThePageHasIt() throws {
        let settings = try carried(
            "workflow",
            #"""
            {"nodes": [
              {"id": 3, "type": "KSampler", "inputs": [{"name": "model", "link": 1},
                {"name": "positive", "link": 4}, {"name": "negative", "link": 6},
                {"name": "latent_image", "link": 2}],
                "widgets_values": [42, "randomize", 20, 7.5, "dpmpp_2m", "karras", 1]},
              {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["m.safetensors"]},
              {"id": 5, "type": "EmptyLatentImage", "widgets_values": [512, 640, 1]},
              {"id": 6, "type": "CLIPTextEncode", "widgets_values": ["a fox"]},
              {"id": 7, "type": "CLIPTextEncode", "widgets_values": ["fog"]}],
             "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 5, 0, 3, 3, "LATENT"],
              [4, 6, 0, 3, 1, "CONDITIONING"], [6, 7, 0, 3, 2, "CONDITIONING"]]}
            """#)
        let request = settings.request
        #expect(request.prompt == "a fox" && request.negativePrompt == "fog" && request.seed == 42)
        #expect(request.width == 512 && request.height == 640 && request.guidanceScale == 7.5)
        #expect(request.diffusion.schedule == .karras && request.diffusion.steps == 20)
        #expect(settings.foreignModel?.name == "m")
    }

    // MARK: Hostile texts

    /// A graph may point at itself in any way.
    @Test func graphsThatGoInCirclesEnd() throws {
        let text = #"""
            {"1": {"class_type": "KSampler", "inputs": {"positive": ["2", 0], "negative": ["1", 0],
              "model": ["3", 0], "latent_image": ["1", 0], "seed": ["4", 0], "steps": ["4", 0],
              "guider": ["1", 0], "sampler_name": ["1", 0]}},
             "2": {"class_type": "ConditioningCombine", "inputs": {"conditioning_1": ["2", 0],
              "conditioning_2": ["1", 0]}},
             "3": {"class_type": "LoraLoader", "inputs": {"model": ["3", 0], "lora_name": "a"}},
             "4": {"class_type": "PrimitiveNode", "inputs": {"value": ["4", 0]}}}
            """#
        #expect(try carried("prompt", text).request.seed == nil)
    }

    @Test(arguments: [
        ("prompt", String(repeating: "[", count: 100_000)), ("prompt", "{\"1\": 2}"),
        ("workflow", "{\"nodes\": []}"), ("invokeai_metadata", "[1,2]"), ("prompt", ""),
        ("parameters", String(repeating: "{\"a\":", count: 70)), ("Comment", "a cat"),
    ])
    func whatHoldsNothingIsOneLine(_ key: String, _ text: String) {
        let error = #expect(throws: PaintError.self) { try carried(key, text) }
        let line = "\(error.map { "\($0)" } ?? "")"
        #expect(line.hasPrefix("a.png: the settings: ") && line.count < 300, "\(line)")
    }

    @Test func notesAreFewAndShort() throws {
        let fields = (0..<5000).map { "Key\($0): " + String(repeating: "x", count: 1000) }
        let settings = try carried(
            "parameters", "a cat\nSteps: 20, Seed: 1, " + fields.joined(separator: ", "))
        #expect(settings.notes.count <= 40 && settings.notes.allSatisfy { $0.count <= 201 })
    }

    @Test func pathsInNamesAreNotFollowed() throws {
        #expect(NamedModel("../../etc/passwd")?.name == "passwd")
        #expect(NamedModel(#"C:\models\a.safetensors"#)?.name == "a")
        #expect(NamedModel("/") == nil && NamedModel("") == nil && NamedModel(nil) == nil)
    }
}
