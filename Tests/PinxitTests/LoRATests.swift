import Foundation
import Pinxit
import PinxitCheckpoints
import PinxitFiles
import PinxitTensors
import PinxitTestSupport
import Testing

/// Painting with LoRAs, against what diffusers paints with them.
@Suite struct LoRATests {
    static let model = Fixture.path("tiny-sd1")
    let folder = FileManager.default.temporaryDirectory.path + "/lora-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    /// A file of `lora.safetensors` as one of its own.
    private func file(
        _ name: String, as own: String = "ink",
        _ change: (inout [String: Tensor]) -> Void = { _ in }
    ) throws -> String {
        let fixture = try Fixture("lora.safetensors")
        var tensors = fixture.tensors(below: "\(name)/file/")
        change(&tensors)
        let path = folder.path("\(own).safetensors")
        let metadata = fixture.parameter("\(name)/metadata/lora_adapter_metadata")
        try Checkpoint.save(
            tensors, to: path, metadata: metadata.map { ["lora_adapter_metadata": $0] } ?? [:])
        return path
    }

    static var request: PaintRequest {
        var request = PaintRequest(
            prompt: "a red apple", guidanceScale: 5, seed: 42, precision: .f32)
        request.diffusion.steps = 4
        return request
    }

    private func painted(_ painter: Painter) async throws -> PaintedPicture {
        try await painter.paint(Self.request, PaintOptions(keepingTensors: true)).pictures[0]
    }

    @Test(
        "Latents are diffusers'",
        arguments: [
            "kohya", "kohya without alpha", "kohya convolutions", "diffusers", "diffusers old",
            "PEFT", "PEFT metadata",
        ])
    func latents(_ name: String) async throws {
        let fixture = try Fixture("lora.safetensors")
        let lora = LoRA(
            file: try file(name), weight: Double(fixture.number("\(name)/weight")))
        let painter = try await Painter(folder: Self.model, loras: [lora])
        #expect(painter.notes == [])
        let latents = try #require(try await painted(painter).tensors).latents
        let (expected, plain) = (fixture["\(name)/latents"], fixture["plain/latents"])
        #expect(relativeDifference(latents, expected) < 2e-4)
        #expect(relativeDifference(plain, expected) > 1e-2)
    }

    @Test("Latents of SDXL are diffusers', by the names of the original code")
    func xl() async throws {
        let fixture = try Fixture("lora.safetensors")
        var request = Self.request
        request.diffusion.sampler = .euler
        let painter = try await Painter(
            folder: Fixture.path("tiny-sdxl"), loras: [LoRA(file: try file("SDXL"))])
        #expect(painter.notes == [])
        let painted = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let latents = try #require(painted.pictures[0].tensors).latents
        #expect(relativeDifference(latents, fixture["SDXL/latents"]) < 2e-4)
    }

    @Test("A LoRA for few steps says so, and changes what nobody has chosen")
    func fewSteps() async throws {
        let path = try file("kohya", as: "lcm-lora-tiny")
        let painter = try await Painter(folder: Self.model, loras: [LoRA(file: path)])
        #expect(painter.notes.count == 1 && painter.notes[0].contains("\(path) is for few steps"))
        var request = PaintRequest(prompt: "a red apple", seed: 42, precision: .f32)
        let settings = try painter.diffusionSettings(request)
        #expect(settings.steps == 4 && settings.guidanceScale == 1 && settings.sampler == .lcm)
        let painted = try await painter.paint(request, PaintOptions(keepingTensors: true))
        let latents = try #require(painted.pictures[0].tensors).latents
        let expected = try Fixture("lora.safetensors")["kohya/few"]
        #expect(relativeDifference(latents, expected) < 2e-4)
        request.diffusion.steps = 7
        request.diffusion.sampler = .euler
        let own = try painter.diffusionSettings(request)
        #expect(own.steps == 7 && own.sampler == .euler)
        for style in ["lightning-storm", "turbo-engine", "hyper-real", "footstep"] {
            let painter = try await Painter(
                folder: Self.model, loras: [LoRA(file: try file("kohya", as: style))])
            #expect(painter.notes == [], "\(style)")
        }
    }

    @Test("What a LoRA is for is told without reading its weights")
    func facts() throws {
        let facts = try LoRAFacts(try file("kohya"))
        #expect(facts.family == "a model of context 16")
        #expect(facts.misfit(with: try ModelFolder(Self.model)) == nil)
        let other = try #require(facts.misfit(with: try ModelFolder(Fixture.path("tiny-sdxl"))))
        #expect(other.hasPrefix("is a LoRA for a model of context 16; the model is "))
        let tokens = try ModelFolder(Fixture.path("tiny-dalle"))
        #expect(facts.misfit(with: tokens) == "goes with latent diffusion models alone")
        #expect(throws: FileError.self) {
            try LoRAFacts(Self.model + "/unet/diffusion_pytorch_model.safetensors")
        }
    }

    @Test("A tag that is none is told in one line")
    func wrongTag() throws {
        #expect {
            try LoRATag.taken(from: "a <lora:ink:\nmuch:\(String(repeating: "x", count: 500))>")
        } throws: {
            let text = "\($0)"
            return text.contains("<lora:ink: much:x") && !text.contains("\n") && text.count < 300
        }
    }

    @Test("Another set of LoRAs starts from the model's own weights, to the bit")
    func switching() async throws {
        let lora = LoRA(file: try file("kohya"))
        let plain = try await Painter(folder: Self.model)
        let first = try await painted(plain)
        let changed = try await plain.with(loras: [lora, lora])
        #expect(changed.loras == [lora, lora])
        #expect(try await painted(changed).picture != first.picture)
        let back = try await painted(try await changed.with(loras: []))
        #expect(back.picture == first.picture)
        #expect(back.tensors?.latents.floats == first.tensors?.latents.floats)
    }

    @Test("Two of one file are one of twice the weight, and each weight counts for its own part")
    func weights() async throws {
        let path = try file("kohya")
        func latents(_ loras: [LoRA]) async throws -> Tensor {
            let picture = try await painted(try await Painter(folder: Self.model, loras: loras))
            return try #require(picture.tensors).latents
        }
        let twice = try await latents([
            LoRA(file: path, weight: 0.5), LoRA(file: path, weight: 0.5),
        ])
        let whole = try await latents([LoRA(file: path)])
        #expect(relativeDifference(twice, whole) < 1e-4)
        let none = try await latents([LoRA(file: path, weight: 0, textWeight: 0)])
        #expect(none.floats == (try await latents([])).floats)
        let unet = try await latents([LoRA(file: path, weight: 1, textWeight: 0)])
        let text = try await latents([LoRA(file: path, weight: 0, textWeight: 1)])
        #expect(relativeDifference(unet, whole) > 1e-3 && relativeDifference(text, whole) > 1e-3)
        let own = try file("kohya", as: "unet") { file in
            file = file.filter { $0.key.hasPrefix("lora_unet_") }
        }
        #expect((try await latents([LoRA(file: own)])).floats == unet.floats)
    }

    @Test("With little memory the picture is the same")
    func lowMemory() async throws {
        let lora = LoRA(file: try file("kohya convolutions"))
        let painter = try await Painter(folder: Self.model, loras: [lora])
        let streamed = try await Painter(folder: Self.model, lowMemory: true, loras: [lora])
        #expect(try await painted(streamed).picture == painted(painter).picture)
    }

    @Test("Keys that meet no weight are refused by name, or noted where that is allowed")
    func unused() async throws {
        let path = try file("kohya") { file in
            file["lora_unet_nothing_to_q.lora_down.weight"] = .ones([2, 8])
            file["lora_unet_nothing_to_q.lora_up.weight"] = .ones([8, 2])
            file["what.is_this"] = .ones([1])
        }
        let error = await #expect(throws: FileError.self) {
            _ = try await Painter(folder: Self.model, loras: [LoRA(file: path)])
        }
        let text = "\(try #require(error))"
        #expect(text.contains(path) && text.contains("2 of 10"))
        #expect(text.contains("lora_unet_nothing_to_q, what.is_this"))
        let painter = try await Painter(
            folder: Self.model, loras: [LoRA(file: path)], allowsPartialLoRAs: true)
        #expect(painter.notes.count == 1 && painter.notes[0].contains("what.is_this"))
        let plain = try await Painter(
            folder: Self.model, loras: [LoRA(file: try file("kohya", as: "b"))])
        #expect(try await painted(painter).picture == painted(plain).picture)
    }

    @Test("What is empty or lacks a partner is left out and listed")
    func flaws() async throws {
        let path = try file("kohya") { file in
            file["lora_unet_mid_block_attentions_0_proj_out.lora_down.weight"] = .ones([2, 16])
            file["lora_unet_conv_in.lora_down.weight"] = .zeros([0, 4, 3, 3])
            file["lora_unet_conv_in.lora_up.weight"] = .zeros([8, 0, 1, 1])
        }
        let painter = try await Painter(folder: Self.model, loras: [LoRA(file: path)])
        let note = try #require(painter.notes.first)
        #expect(note.contains("lora_unet_mid_block_attentions_0_proj_out has down without up"))
        #expect(note.contains("lora_unet_conv_in has rank 0"))
    }

    @Test("A LoRA of another family, and one of other sizes, say so")
    func otherFamilies() async throws {
        let module = "lora_unet_mid_block_attentions_0_transformer_blocks_0_attn2_to_k"
        func refusal(_ change: (inout [String: Tensor]) -> Void) async throws -> String {
            let path = try file("kohya", change)
            let error = await #expect(throws: FileError.self) {
                _ = try await Painter(folder: Self.model, loras: [LoRA(file: path)])
            }
            return "\(try #require(error))"
        }
        let xl = try await refusal { file in
            file = [
                "\(module).lora_down.weight": .ones([4, 2048]),
                "\(module).lora_up.weight": .ones([640, 4]),
            ]
        }
        #expect(xl.contains("is for SDXL (context 2048); this model is a model of context 16"))
        let other = "lora_unet_mid_block_attentions_0_proj_in"
        let sizes = try await refusal { file in
            file["\(other).lora_down.weight"] = .ones([2, 320, 1, 1])
            file["\(other).lora_up.weight"] = .ones([16, 2, 1, 1])
            file["\(other).alpha"] = Tensor(1)
        }
        #expect(sizes.contains(other) && sizes.contains("[16, 320, 1, 1]"))
        #expect(sizes.contains("[16, 16, 1, 1]"))
        let flux = try await refusal { file in
            file = [
                "transformer.single_transformer_blocks.0.attn.to_q.lora_A.weight": .ones([2, 4]),
                "transformer.single_transformer_blocks.0.attn.to_q.lora_B.weight": .ones([4, 2]),
            ]
        }
        #expect(flux.contains("is for FLUX"))
        let broken = try await refusal { file in
            file["\(other).lora_up.weight"] = .ones([16, 3, 1, 1])
        }
        #expect(broken.contains("parts of shapes [16, 3, 1, 1] and [2, 16, 1, 1]"))
        let nothing = try await refusal { $0 = ["a.weight": .ones([1])] }
        #expect(nothing.contains("changes no weight") && nothing.contains("a.weight"))
    }

    @Test("A picture carries the LoRAs it was painted with, and a request cannot ask for any")
    func carried() async throws {
        let lora = LoRA(file: try file("kohya"), weight: 0.75, textWeight: 0.5)
        let painter = try await Painter(folder: Self.model, loras: [lora])
        let picture = try await painter.paint(Self.request).pictures[0]
        for format in ["png", "jpg", "webp"] {
            let path = folder.path("picture.\(format)")
            try picture.write(to: path)
            let carried = try CarriedSettings(file: path)
            #expect(carried.loras == [try lora.used()])
            #expect(carried.loras[0].name == "ink" && carried.loras[0].sha256.count == 64)
            #expect(carried.request.prompt == "a red apple")
        }
        let texts = try picture.request.texts(model: "m")
        #expect(texts[0].text.hasPrefix("a red apple <lora:ink:0.5:0.75>\n"))
        let error = #expect(throws: PaintError.self) {
            try PaintRequest(json: #"{"prompt": "a", "loras": []}"#)
        }
        #expect("\(try #require(error))".contains("loras"))
    }

    @Test("Tags are taken out of a prompt")
    func tags() throws {
        let (prompt, tags) = try LoRATag.taken(
            from: "a cat <lora:ink>, red<lora:a b:0.8> and <lora:c:0.5:0.25><lora:d:unet=2:te=1>")
        #expect(prompt == "a cat , red and")
        #expect(tags.map(\.name) == ["ink", "a b", "c", "d"])
        #expect(tags.map(\.weight) == [1, 0.8, 0.25, 2])
        #expect(tags.map(\.textWeight) == [1, 0.8, 0.5, 1])
        for same in ["a <b> c", "a <lora:b", "lora:b>", ""] {
            #expect(try LoRATag.taken(from: same).prompt == same)
        }
        for wrong in ["<lora:>", "<lora:a:b>", "<lora:a:1:2:3>", "<lora:a:dyn=8>", "<lora:../a:1>"]
        {
            #expect(throws: PaintError.self) { try LoRATag.taken(from: wrong) }
        }
    }
}
