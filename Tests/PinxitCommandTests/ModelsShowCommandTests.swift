import Foundation
import PinxitCheckpoints
import PinxitTensors
import PinxitTestSupport
import Testing

/// What `pinxit models show` tells of files that are no whole model.
@Suite struct ModelsShowCommandTests {
    private func show(_ file: String, in scratch: Scratch) throws -> [String] {
        let outcome = try Program.run(["models", "show", file], in: scratch.path)
        #expect(outcome.status == 0 && outcome.errors == "", "\(outcome.errors)")
        return outcome.lines
    }

    /// The LoRA of the fixture in one dialect, as a file.
    private func writeLoRA(_ dialect: String, to path: String) throws {
        let fixture = try Fixture("lora.safetensors")
        try Checkpoint.save(fixture.tensors(below: "\(dialect)/file/"), to: path)
    }

    @Test("Of what is no whole model the numbers are verified")
    func verified() throws {
        let scratch = try Scratch()
        let unet = Fixture.path("tiny-sd1/unet/diffusion_pytorch_model.safetensors")
        let whole = try Program.run(["models", "verify", unet], in: scratch.path)
        #expect(whole.status == 0, "\(whole.errors)")
        #expect(whole.output.contains("every number is finite (U-Net)"), "\(whole.output)")
        var tensors = try Checkpoint.load(unet)
        tensors["conv_in.bias"] = Tensor([Float](repeating: .nan, count: 8))
        try Checkpoint.save(tensors, to: "\(scratch.path)/unet.safetensors")
        let broken = try Program.run(["models", "verify", "unet.safetensors"], in: scratch.path)
        #expect(broken.status == 65 && broken.errors.contains("unet.conv_in.bias"))
    }

    @Test func unetsAndAutoencoders() throws {
        let scratch = try Scratch()
        let unet = try show(
            Fixture.path("tiny-sd1/unet/diffusion_pytorch_model.safetensors"), in: scratch)
        #expect(unet[0] == "diffusion_pytorch_model: U-Net")
        #expect(unet.contains("family          a model of context 16"))
        #expect(unet.contains("names           diffusers"))
        #expect(unet.contains("channels in     4") && unet.contains("width           8"))
        #expect(unet.contains { $0.hasPrefix("unet ") && $0.hasSuffix(" tensors") })
        #expect(unet.contains { $0.contains("MB, tensors:") && $0.hasSuffix(" in F32") })
        #expect(unet.contains { $0.hasPrefix("    SHA-256 ") })
        let vae = try show(
            Fixture.path("tiny-sd1/vae/diffusion_pytorch_model.safetensors"), in: scratch)
        #expect(vae[0].hasSuffix(": autoencoder") && vae.contains("latent channels 4"))
        let tiny = try show(
            Fixture.path("tiny-autoencoder/diffusion_pytorch_model.safetensors"), in: scratch)
        #expect(tiny.contains("family          tiny (TAESD)"), "\(tiny)")
    }

    @Test(arguments: [
        ("kohya", "LoRA", "kohya"), ("PEFT with a prefix", "LoRA", "PEFT"),
        ("PEFT DoRA", "LoRA, DoRA", "PEFT"),
    ]) func adapters(dialect: String, kind: String, names: String) throws {
        let scratch = try Scratch()
        try writeLoRA(dialect, to: "\(scratch.path)/ink.safetensors")
        let lines = try show("ink.safetensors", in: scratch)
        #expect(lines[0] == "ink: \(kind)")
        #expect(lines.contains("family          a model of context 16"), "\(lines)")
        #expect(lines.contains("names           \(names)"), "\(lines)")
        #expect(lines.contains { $0.hasPrefix("rank ") && $0.last?.isNumber == true })
        #expect(lines.contains { $0.hasPrefix("changes ") && $0.contains(" modules") })
        let outcome = try Program.run(
            ["models", "show", "ink.safetensors", "--json"], in: scratch.path)
        struct Report: Decodable { var kind: String, details: [String: String] }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.kind == kind && report.details["names"] == names)
    }

    @Test func learntWords() throws {
        let scratch = try Scratch()
        let lines = try show(Fixture.path("files/inversion.pt"), in: scratch)
        #expect(lines[0] == "inversion: textual inversion")
        #expect(lines.contains("word            inversion"), "\(lines)")
        #expect(lines.contains("vectors         2 of 8 features"), "\(lines)")
    }

    @Test func otherFilesAreRefusedByWhatTheyAre() throws {
        let scratch = try Scratch()
        for (key, name) in [("double_blocks.0.a", "FLUX"), ("control_model.a", "a ControlNet")] {
            try Checkpoint.save(
                [key: .zeros([2, 2]), "other": .zeros([2])], to: "\(scratch.path)/x.safetensors")
            let outcome = try Program.run(["models", "show", "x.safetensors"], in: scratch.path)
            #expect(outcome.status == 65 && outcome.complaints.count == 1)
            #expect(outcome.errors.contains("is \(name)"), "\(outcome.errors)")
        }
    }
}
