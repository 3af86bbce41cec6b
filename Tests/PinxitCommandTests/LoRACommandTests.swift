import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// LoRAs on the command line.
@Suite struct LoRACommandTests {
    let folder = FileManager.default.temporaryDirectory.path + "/lora-command-\(UUID().uuidString)"

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path("Lora"), withIntermediateDirectories: true)
        try write("ink", strength: 1)
    }

    private func write(_ name: String, strength: Float) throws {
        var tensors = try Fixture("lora.safetensors").tensors(below: "kohya/file/")
        for key in tensors.keys where key.hasSuffix(".alpha") { tensors[key] = Tensor(strength) }
        try Checkpoint.save(tensors, to: folder.path("Lora/\(name).safetensors"))
    }

    private func paint(_ arguments: [String]) throws -> Program.Outcome {
        try Program.run(
            ["--model", Fixture.path("tiny-sd1"), "--steps", "2", "--seed", "7", "--quiet"]
                + arguments, in: folder)
    }

    private func pixels(_ arguments: [String], _ name: String) throws -> [UInt8] {
        let outcome = try paint(arguments + ["-o", name])
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Picture(file: folder.path(name)).pixels
    }

    @Test("An option, a name and a tag in the prompt mean the same LoRA")
    func spellings() throws {
        let plain = try pixels(["a cat"], "plain.png")
        let option = try pixels(["a cat", "--lora", "Lora/ink.safetensors:0.8"], "option.png")
        #expect(option != plain)
        #expect(try pixels(["a cat", "--lora", "ink:0.8:0.8"], "name.png") == option)
        #expect(try pixels(["a cat <lora:ink:0.8>"], "tag.png") == option)
        let text = try pixels(["a cat", "--lora", "ink:0.8:0"], "text.png")
        #expect(text != option && text != plain)
        #expect(try pixels(["a cat<lora:ink:0:0.8>"], "both.png") == text)
    }

    @Test("A LoRA in a folder below Lora is found by its name, after those of the folder itself")
    func below() throws {
        try FileManager.default.createDirectory(
            atPath: folder.path("Lora/styles/old"), withIntermediateDirectories: true)
        try write("styles/old/pencil", strength: 2)
        try write("styles/ink", strength: 2)
        let direct = ["--lora", "Lora/styles/old/pencil.safetensors"]
        let pencil = try pixels(["a cat"] + direct, "direct.png")
        #expect(try pixels(["a cat <lora:pencil>"], "pencil.png") == pencil)
        let ink = try pixels(["a cat", "--lora", "Lora/ink.safetensors"], "ink.png")
        #expect(ink != pencil)
        #expect(try pixels(["a cat <lora:ink>"], "tag.png") == ink)
    }

    @Test(
        "What stands behind a LoRA's file must be numbers",
        arguments: [
            "ink:x", "ink:", "ink:nan", "ink:1e99", "ink:1:2:3", "Lora/ink.safetensors:0,8",
        ])
    func weightsThatAreNone(text: String) throws {
        let outcome = try paint(["a cat", "--lora", text])
        #expect(outcome.status == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(outcome.errors.contains("--lora \(text): FILE, FILE:WEIGHT or"))
        let missing = try paint(["a cat", "--lora", "nowhere:x"])
        #expect(missing.status == 66 && missing.errors.contains("nowhere:x: is not there"))
    }

    @Test("Lines of a file are each painted with the LoRAs they name")
    func lines() throws {
        let plain = try pixels(["a cat"], "plain.png")
        let changed = try pixels(["a cat <lora:ink>"], "changed.png")
        try "a cat <lora:ink>\na cat\n".write(
            toFile: folder.path("prompts.txt"), atomically: true, encoding: .utf8)
        let outcome = try paint(["--prompts-file", "prompts.txt", "-o", "{slug}-{index}.png"])
        #expect(outcome.lines.count == 2, "\(outcome.errors)")
        let painted = try outcome.lines.map { try Picture(file: folder.path($0)).pixels }
        #expect(painted == [changed, plain])
    }

    @Test("A picture is painted again with its LoRAs, or it is said which is missing")
    func again() throws {
        let first = try pixels(["a cat", "--lora", "ink:0.8:0.5"], "first.png")
        let from = ["--from", "first.png"]
        #expect(try pixels(from, "again.png") == first)
        try write("ink", strength: 2)
        let other = try paint(from)
        #expect(other.status == 64)
        #expect(other.errors.contains("the LoRA ink is another file than Lora/ink.safetensors"))
        try FileManager.default.removeItem(atPath: folder.path("Lora/ink.safetensors"))
        let missing = try paint(from)
        #expect(missing.status == 66)
        #expect(missing.errors.contains("--from first.png: the LoRA ink: is not there"))
        #expect(missing.errors.contains("--lora-dir"))
    }

    @Test("What is no LoRA, or none for the model, is one line")
    func errors() throws {
        let missing = try paint(["a cat <lora:nothing>"])
        #expect(missing.status == 66 && missing.errors.contains("<lora:nothing>"))
        #expect(missing.complaints.count == 1)
        let wrong = try paint(["a cat <lora:ink:much>"])
        #expect(wrong.status == 64 && wrong.errors.contains("<lora:NAME:WEIGHT>"))
        let model = Fixture.path("tiny-sd1/unet/diffusion_pytorch_model.safetensors")
        let weights = try paint(["a cat", "--lora", model])
        #expect(weights.status == 65 && weights.errors.contains("changes no weight"))
        #expect(weights.complaints.count == 1)
    }
}
