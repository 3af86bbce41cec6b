import Foundation
import PinxitSamplers
import Testing

@testable import Pinxit

/// Graphs of ComfyUI, as pictures carry them.
@Suite struct ComfyUITests {
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
        let settings = try CarriedSettings("prompt", Self.comfy)
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

    @Test("A loader that encodes words itself is read, and holds the size")
    func efficientLoader() throws {
        let settings = try CarriedSettings(
            "prompt",
            #"""
            {"1": {"class_type": "Efficient Loader", "inputs": {"ckpt_name": "dream.safetensors",
              "clip_skip": -1, "lora_name": "None", "lora_model_strength": 1,
              "positive": "a red house", "negative": "fog", "empty_latent_width": 640,
              "empty_latent_height": 512}},
             "2": {"class_type": "KSampler (Efficient)", "inputs": {"seed": 7, "steps": 12,
              "cfg": 5, "sampler_name": "euler", "scheduler": "normal", "denoise": 1,
              "model": ["1", 0], "positive": ["1", 1], "negative": ["1", 2],
              "latent_image": ["1", 3]}}}
            """#)
        #expect(settings.request.prompt == "a red house")
        #expect(settings.request.negativePrompt == "fog")
        #expect(settings.request.width == 640 && settings.request.height == 512)
        #expect(settings.foreignModel?.file == "dream.safetensors" && settings.notes == [])
    }

    @Test("Where negative words are zeroed out, they are not the positive ones")
    func zeroedOut() throws {
        let settings = try CarriedSettings(
            "prompt",
            Self.comfy.replacingOccurrences(
                of:
                    #""7": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["12", 0], "text": "fog"}}"#,
                with:
                    #""7": {"class_type": "ConditioningZeroOut", "inputs": {"conditioning": ["6", 0]}}"#
            ))
        #expect(settings.request.negativePrompt == "")
        #expect(settings.request.prompt.hasPrefix("a (red:1.2) house"))
        #expect(settings.notes.count == 1)
    }

    @Test(
        "Schedules and samplers that nodes are named after are read",
        arguments: [
            ("SDTurboScheduler", NoiseCurve.turbo), ("AlignYourStepsScheduler", .alignYourSteps),
            ("ExponentialScheduler", .exponential), ("BetaSamplingScheduler", .beta),
            ("KarrasScheduler", .karras), ("PolyexponentialScheduler", .polyexponential),
        ])
    func namedNodes(_ type: String, _ curve: NoiseCurve) throws {
        let settings = try CarriedSettings(
            "prompt",
            #"""
            {"1": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "dream.ckpt"}},
             "2": {"class_type": "CLIPTextEncode", "inputs": {"clip": ["1", 1], "text": "a cat"}},
             "3": {"class_type": "EmptyLatentImage", "inputs": {"height": 512, "width": 512}},
             "4": {"class_type": "SamplerEulerAncestral", "inputs": {"eta": 1, "s_noise": 1}},
             "5": {"class_type": "\#(type)", "inputs": {"steps": 8}},
             "6": {"class_type": "SamplerCustom", "inputs": {"noise_seed": 7, "cfg": 2,
              "model": ["1", 0], "positive": ["2", 0], "negative": ["2", 0], "sampler": ["4", 0],
              "sigmas": ["5", 0], "latent_image": ["3", 0]}}}
            """#)
        #expect(settings.request.diffusion.schedule == curve)
        #expect(settings.request.diffusion.sampler == .eulerAncestral)
        #expect(settings.request.diffusion.steps == 8 && settings.notes == [])
    }

    @Test("Of the two forms of UniPC the one that is another here is told")
    func otherUniPC() throws {
        func read(_ name: String) throws -> CarriedSettings {
            try CarriedSettings(
                "prompt", Self.comfy.replacingOccurrences(of: "euler_ancestral", with: name))
        }
        let (first, second) = (try read("uni_pc"), try read("uni_pc_bh2"))
        #expect(first.request.diffusion.sampler == .uniPC && first.notes.count == 1)
        #expect(first.notes.first?.contains("uni_pc_bh2") == true)
        #expect(second.request.diffusion.sampler == .uniPC && second.notes == [])
    }

    @Test func wordsThatANodeJoinsAreTakenAndThoseThatOneMakesAreTold() throws {
        let given = #"{"class_type": "PrimitiveString", "inputs": {"value": "a (red:1.2) house"}}"#
        let joined =
            #"{"class_type": "StringConcatenate", "inputs": {"string_a": "a house", "#
            + #""string_b": ["14", 0], "delimiter": ", "}}, "14": {"class_type": "#
            + #""PrimitiveString", "inputs": {"value": "snow"}}"#
        let taken = try CarriedSettings(
            "prompt", Self.comfy.replacingOccurrences(of: given, with: joined))
        #expect(taken.request.prompt == "a house, snow <lora:a:1.0> <lora:b:0.5:0.25>")
        #expect(taken.notes == [])
        let made = #"{"class_type": "Florence2Run", "inputs": {"task": "caption"}}"#
        let told = try CarriedSettings(
            "prompt", Self.comfy.replacingOccurrences(of: given, with: made))
        #expect(told.request.prompt == "<lora:a:1.0> <lora:b:0.5:0.25>")
        #expect(told.notes == ["words that Florence2Run made are not told, and are left out"])
        // It joins itself.
        let circle = joined.replacingOccurrences(of: #"["14", 0]"#, with: #"["13", 0]"#)
        let ended = try CarriedSettings(
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
        let settings = try CarriedSettings("prompt", String(text.dropLast()) + second)
        #expect(settings.request.diffusion.steps == 20 && settings.request.width == 768)
        #expect(settings.notes.count == 1)
        #expect(settings.notes[0].contains("9 steps, denoise 0.5"))
    }

    @Test(arguments: ["-1e300", "1e300", "-1", "5"])
    func comfyUIThatEndsEarly(_ end: String) throws {
        let text = Self.comfy.replacingOccurrences(of: "\"KSampler\"", with: "\"KSamplerAdvanced\"")
            .replacingOccurrences(of: #""cfg":"#, with: #""end_at_step": \#(end), "cfg":"#)
        let notes = try CarriedSettings("prompt", text).notes.joined()
        #expect(notes.contains("goes on from step 5") == (end == "5"), "\(notes)")
    }

    @Test func comfyUIWithASamplerInParts() throws {
        let settings = try CarriedSettings(
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
        #expect(request.prompt == "one, two" && request.width == 64)
        #expect(settings.foreignModel?.name == "u")
    }

    @Test func comfyUIAsThePageHasIt() throws {
        let settings = try CarriedSettings(
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
        #expect(try CarriedSettings("prompt", text).request.seed == nil)
    }
}
