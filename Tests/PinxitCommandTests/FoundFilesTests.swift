import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// Model folders as other programs write them and as downloads leave them.
@Suite struct FoundFilesTests {
    private let scratch: Scratch
    private let model: String

    init() throws {
        scratch = try Scratch()
        model = try scratch.copy(of: "tiny-sd1")
    }

    private func paint(_ model: String, _ more: String...) throws -> Program.Outcome {
        try Program.run(
            ["a cat", "--model", model, "--steps", "2", "--seed", "1", "-o", "cat.png"] + more,
            in: scratch.path)
    }

    private func picture(_ model: String, _ more: String...) throws -> Picture {
        let outcome = try Program.run(
            ["a cat", "--model", model, "--steps", "2", "--seed", "1", "-o", "cat.png"] + more,
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return try Picture(file: "\(scratch.path)/cat.png")
    }

    private func write(_ text: String, to file: String) throws {
        try scratch.write(Data(text.utf8), to: "model/\(file)")
    }

    private func change(_ file: String, _ old: String, _ new: String) throws {
        let text = String(decoding: try scratch.read("model/\(file)"), as: UTF8.self)
        #expect(text.contains(old))
        try write(text.replacing(old, with: new), to: file)
    }

    @Test("Weights that the network does not know are named and left out")
    func unknownWeights() throws {
        let expected = try picture(Fixture.path("tiny-sd1"))
        for (part, names) in [
            ("vae/diffusion_pytorch_model", ["loss.logvar"]),
            ("text_encoder/model", ["vision_model.post_layernorm.bias", "logit_scale"]),
        ] {
            let file = "\(model)/\(part).safetensors"
            var tensors = try Checkpoint.load(file)
            for name in names { tensors[name] = .zeros([2]) }
            try Checkpoint.save(tensors, to: file)
            let outcome = try paint(model)
            #expect(outcome.status == 0)
            for name in names { #expect(outcome.errors.contains(name), "\(outcome.errors)") }
        }
        #expect(try picture(model) == expected)
    }

    @Test(arguments: [
        ("unet/diffusion_pytorch_model.safetensors", "git-lfs pointer"),
        ("unet/diffusion_pytorch_model.safetensors", "web page"),
        ("vae/config.json", "web page"), ("tokenizer/vocab.json", "git-lfs pointer"),
    ])
    func whatLiesInPlaceOfADownloadIsNamed(file: String, kind: String) throws {
        try write(
            kind == "web page"
                ? "\n<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
                : "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3438167540\n",
            to: file)
        let outcome = try paint(model)
        #expect(outcome.status == 65 && outcome.complaints.count == 1)
        #expect(outcome.errors.contains(kind) && outcome.errors.contains(file), "\(outcome.errors)")
    }

    @Test("The scheduler's class is the one that the model's index names")
    func theIndexDecides() throws {
        try change("model_index.json", "PNDMScheduler", "DDIMScheduler")
        let found = try picture(model)
        let asked = try picture(Fixture.path("tiny-sd1"), "--sampler", "ddim")
        #expect(found == asked)
    }

    @Test("A scheduler that is not known does not stop another that is asked for")
    func unknownSchedulers() throws {
        try change("model_index.json", "PNDMScheduler", "IPNDMScheduler")
        let outcome = try paint(model)
        #expect(outcome.status == 65)
        #expect(
            outcome.errors.contains("IPNDMScheduler")
                && outcome.errors.contains("DDIMScheduler"),
            "\(outcome.errors)")
        let found = try picture(model, "--sampler", "euler")
        #expect(try found == picture(Fixture.path("tiny-sd1"), "--sampler", "euler"))
    }

    @Test("Pipelines for other tasks paint with the same parts")
    func otherPipelines() throws {
        try change(
            "model_index.json", "StableDiffusionPipeline", "StableDiffusionImg2ImgPipeline")
        try change("unet/config.json", "\"sample_size\": 8", "\"sample_size\": [8, 8]")
        try change(
            "unet/config.json", "\"cross_attention_dim\": 16", "\"cross_attention_dim\": [16, 16]")
        try change("vae/config.json", "\"shift_factor\": null", "\"shift_factor\": 0.0")
        try change("vae/config.json", "\"sample_size\": 32", "\"sample_size\": [32, 32]")
        #expect(try picture(model) == picture(Fixture.path("tiny-sd1")))
    }

    @Test("A codebook of another width is refused")
    func codebooks() throws {
        let dalle = "\(scratch.path)/dalle"
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-dalle"), toPath: dalle)
        for kind in ["vq", "gumbel"] {
            try FileManager.default.removeItem(atPath: "\(dalle)/picture_tokenizer")
            try FileManager.default.copyItem(
                atPath: Fixture.path("tiny-dalle/\(kind)"), toPath: "\(dalle)/picture_tokenizer")
            let config = "dalle/picture_tokenizer/config.json"
            let text = String(decoding: try scratch.read(config), as: UTF8.self)
            let changed = text.replacing(/"code_width": [0-9]+/, with: "\"code_width\": 2")
            #expect(changed != text)
            try scratch.write(Data(changed.utf8), to: config)
            let outcome = try paint(dalle)
            #expect(outcome.status == 65 || outcome.status == 64, "\(outcome.errors)")
        }
    }
}
