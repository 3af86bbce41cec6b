import Foundation
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

/// Words learnt by textual inversion, against diffusers.
@Suite struct TextualInversionTests {
    static let model = Fixture.path("tiny-sd1")
    let folder = FileManager.default.temporaryDirectory.path + "/words-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func file(_ name: String, _ tensors: [String: Tensor]) throws -> TextualInversion {
        let path = folder.path("\(name).safetensors")
        try Checkpoint.save(tensors, to: path)
        return TextualInversion(file: path)
    }

    private func latents(
        _ words: [TextualInversion], prompt: String, negative: String
    ) async throws -> Tensor {
        let painter = try await Painter(folder: Self.model, embeddings: words)
        var request = PaintRequest(
            prompt: prompt, negativePrompt: negative, guidanceScale: 5, seed: 42, precision: .f32)
        request.diffusion.steps = 4
        let painted = try await painter.paint(request, PaintOptions(keepingTensors: true))
        return try #require(painted.pictures[0].tensors).latents
    }

    @Test("Latents are diffusers', whatever form the files have")
    func forms() async throws {
        let fixture = try Fixture("lora.safetensors")
        let (ink, bad) = (fixture["inversion/ink"], fixture["inversion/bad"])
        let other = Tensor.ones([2, 24])
        var named = try file("any", ["emb_params": ink])
        named.word = "<INK>"
        let forms = [
            [
                try file("learned_embeds", ["<ink>": ink]),
                try file("bad-hands", ["emb_params": bad]),
            ],
            [named, try file("learned", ["bad-hands": bad])],
            [
                try file("<ink>", ["clip_l": ink, "clip_g": other]),
                try file("Bad-Hands", ["clip_g": Tensor(bad.floats, shape: [1, 16])]),
            ],
        ]
        let prompt = try #require(fixture.parameter("inversion/prompt"))
        let negative = try #require(fixture.parameter("inversion/negative"))
        for form in forms {
            let latents = try await latents(form, prompt: prompt, negative: negative)
            #expect(relativeDifference(latents, fixture["inversion/latents"]) < 2e-4)
        }
        let comfy = try await latents(
            forms[0], prompt: prompt.replacing("<ink>", with: "embedding:<ink>"),
            negative: "embedding:bad-hands blue")
        #expect(relativeDifference(comfy, fixture["inversion/latents"]) < 2e-4)
        let without = try await latents([], prompt: prompt, negative: negative)
        #expect(relativeDifference(without, fixture["inversion/latents"]) > 1e-2)
    }

    @Test("A pair of vectors for SDXL gives diffusers' latents; the text's end stays its end")
    func pairs() async throws {
        let fixture = try Fixture("lora.safetensors")
        let word = try file(
            "<ink>", ["clip_l": fixture["clip pair/l"], "clip_g": fixture["clip pair/g"]])
        // The weights diffusers painted with have a LoRA in them.
        let lora = folder.path("xl.safetensors")
        try Checkpoint.save(fixture.tensors(below: "SDXL/file/"), to: lora)
        let painter = try await Painter(
            folder: Fixture.path("tiny-sdxl"), loras: [LoRA(file: lora)], embeddings: [word])
        var request = PaintRequest(
            prompt: "a <ink> apple", guidanceScale: 5, seed: 42, precision: .f32)
        request.diffusion.steps = 4
        request.diffusion.sampler = .euler
        let painted = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let latents = try #require(painted.pictures[0].tensors).latents
        #expect(relativeDifference(latents, fixture["clip pair/latents"]) < 2e-4)
    }

    @Test("Words in a LoRA's file are as those in files of their own; what none takes is named")
    func bundled() async throws {
        let fixture = try Fixture("lora.safetensors")
        let (ink, bad) = (fixture["inversion/ink"], fixture["inversion/bad"])
        func lora(_ name: String, _ words: [String: Tensor]) throws -> LoRA {
            let path = folder.path("\(name).safetensors")
            let tensors = fixture.tensors(below: "kohya/file/").merging(words) { $1 }
            try Checkpoint.save(tensors, to: path)
            return LoRA(file: path)
        }
        var request = PaintRequest(
            prompt: "a <ink> apple", negativePrompt: "bad-hands", seed: 42, precision: .f32)
        request.diffusion.steps = 2
        func latents(_ lora: LoRA, _ words: [TextualInversion] = []) async throws -> [Float] {
            let painter = try await Painter(folder: Self.model, loras: [lora], embeddings: words)
            let painted = try await painter.paint(request, PaintOptions(keepingTensors: true))
            return try #require(painted.pictures[0].tensors).latents.floats
        }
        let words = ["<ink>.string_to_param.*": ink, "bad-hands.emb_params": bad]
        let bundle = try lora(
            "bundle",
            Dictionary(uniqueKeysWithValues: words.map { ("bundle_emb.\($0)", $1) }))
        let plain = try lora("plain", [:])
        let files = [try file("<ink>", ["<ink>": ink]), try file("bad-hands", ["emb_params": bad])]
        #expect(try await latents(bundle) == (try await latents(plain, files)))
        #expect(try await latents(bundle) != (try await latents(plain)))

        for (words, problem) in [
            (["bundle_emb.w.clip_l": Tensor.ones([1, 768])], "no weight of the model"),
            (["bundle_emb.w": Tensor.ones([1, 16])], "bundle_emb.WORD.NAME"),
        ] {
            let wrong = try lora("wrong", words)
            let error = await #expect(throws: FileError.self) {
                _ = try await Painter(folder: Self.model, loras: [wrong])
            }
            let told = "\(try #require(error))"
            #expect(told.contains("bundle_emb.w") && told.contains(problem))
        }
    }

    @Test("A word is not found inside others")
    func wholeWords() async throws {
        let fixture = try Fixture("lora.safetensors")
        let word = try file("ink", ["emb_params": fixture["inversion/ink"]])
        let text = "drink inkb"
        let known = try await latents([word], prompt: text, negative: "")
        #expect(known.floats == (try await latents([], prompt: text, negative: "")).floats)
        let found = try await latents([word], prompt: "a INK", negative: "")
        #expect(found.floats != (try await latents([], prompt: "a INK", negative: "")).floats)
    }

    @Test("What does not fit the model, or is no textual inversion, says so")
    func errors() async throws {
        func refusal(_ tensors: [String: Tensor]) async throws -> String {
            let word = try file("word", tensors)
            let error = await #expect(throws: FileError.self) {
                _ = try await Painter(folder: Self.model, embeddings: [word])
            }
            return "\(try #require(error))"
        }
        let wide = try await refusal(["<w>": .ones([1, 768])])
        #expect(wide.contains("vectors of 768 features, which no text encoder of the model takes"))
        let many = try await refusal(["a": .ones([16]), "b": .ones([16])])
        #expect(many.contains("no textual inversion: it has 2 tensors (a, b)"))
        let uneven = try await refusal(["clip_l": .ones([1, 16]), "clip_g": .ones([2, 24])])
        #expect(uneven.contains("different numbers of vectors"))
        #expect(try await refusal(["<w>": .ones([1, 2, 16])]).contains("of shape [1, 2, 16]"))
        await #expect(throws: PaintError.self) {
            _ = try await Painter(
                folder: Fixture.path("tiny-dalle"),
                embeddings: [try file("w", ["<w>": .ones([16])])])
        }
    }

    @Test("A picture carries those of the words its painter had learnt that it was asked for with")
    func carried() async throws {
        let word = try file("ink", ["emb_params": .ones([1, 16])])
        let other = try file("oil", ["emb_params": .ones([1, 16])])
        let painter = try await Painter(folder: Self.model, embeddings: [word, other])
        var request = PaintRequest(prompt: "a ink", seed: 1)
        request.diffusion.steps = 1
        let path = folder.path("picture.png")
        try await painter.paint(request).write(to: path)
        let carried = try CarriedSettings(file: path)
        #expect(carried.embeddings == [try word.used()] && carried.loras == [])
    }

    @Test("Words that did not fit are told as they were written")
    func cutWords() async throws {
        let word = try file("ink", ["emb_params": .ones([3, 16])])
        let painter = try await Painter(folder: Self.model, embeddings: [word])
        var request = PaintRequest(prompt: "a ink ink ink ink", seed: 1)
        request.diffusion.steps = 1
        let painting = try await painter.paint(request)
        #expect(painting.warnings.contains { $0.contains(#"left out: "ink""#) })
    }
}
