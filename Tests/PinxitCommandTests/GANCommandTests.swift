import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// The GAN as a user meets it: trained, painted with, and refused what it cannot do.
@Suite struct GANCommandTests {
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let configuration = """
            {
              "model": {
                "noise_size": 4, "condition_size": 8, "generator_widths": [8, 8, 8, 8],
                "generator_convolutions": [1, 1, 1, 1], "generator_attention": [8],
                "discriminator_widths": [8, 8, 8, 8], "discriminator_attention": [8], "head_size": 4
              },
              "task": {"clip": "\(Fixture.path("tiny-clip"))", "pictures": 64},
              "optimisation": {"samples": 8, "batch": 4, "learning_rate": 1e-3, "beta1": 0},
              "prompts": ["a red apple", "two cats"]
            }
            """
        try scratch.write(Data(configuration.utf8), to: "gan.json")
        let outcome = try Program.run(
            [
                "train", "gan", "--config", "gan.json", "--dataset", "toys", "--model", "model",
                "--quiet",
            ], in: scratch.path)
        try #require(outcome.status == 0, "\(outcome.errors)")
        return scratch
    }

    @Test func trainsAndPaints() throws {
        let scratch = try scratch()
        // What it has been shown stands beside its weights.
        let words = String(decoding: try scratch.read("model/words.json"), as: UTF8.self)
        #expect(words.contains("\"apple\"") && words.contains("\"background\""))
        func paint(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(arguments + ["--model", "model", "--quiet"], in: scratch.path)
        }
        let outcome = try paint(
            ["a red apple", "--seed", "3", "--count", "2", "--output", "{seed}.png"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == ["3.png", "4.png"])
        let picture = try Picture(file: scratch.path + "/4.png")
        #expect(picture.width == 32 && picture.height == 32)
        // Picture i has seed + i, and the settings are in the file.
        let alone = try paint(["a red apple", "--seed", "4", "--output", "alone.png"])
        #expect(alone.status == 0, "\(alone.errors)")
        #expect(try Picture(file: scratch.path + "/alone.png") == picture)
        let texts = try PNG.texts(in: try scratch.read("alone.png"))
        #expect(texts.first { $0.key == "pinxit" }?.text.contains(#""truncation":0.8"#) == true)
        // Without noise the seed does not matter.
        for seed in ["1", "2"] {
            let still = try paint(
                ["a cat", "--seed", seed, "--truncation", "0", "--output", "still-\(seed).png"])
            #expect(still.status == 0, "\(still.errors)")
        }
        #expect(
            try Picture(file: scratch.path + "/still-1.png")
                == Picture(file: scratch.path + "/still-2.png"))

        let animated = try paint(
            [
                "--interpolate", "a red apple", "two cats", "--frames", "3", "--seed", "5",
                "--output", "way.png",
            ])
        #expect(animated.status == 0, "\(animated.errors)")
        #expect(animated.lines == ["way.png"])
        let file = String(decoding: try scratch.read("way.png"), as: Unicode.ASCII.self)
        // Four frames there, and two between on the way back.
        #expect(file.components(separatedBy: "fcTL").count - 1 == 6)
        let first = try paint(["a red apple", "--seed", "5", "--output", "first.png"])
        #expect(first.status == 0)
        #expect(
            try Picture(file: scratch.path + "/way.png")
                == Picture(file: scratch.path + "/first.png"))

        for (arguments, word) in [
            (["--steps", "4"], "steps"), (["--cfg-scale", "3"], "guidance scale"),
            (["--sampler", "euler"], "sampler"), (["--size", "64x64"], "width"),
            (["--truncation", "3"], "truncation"), (["--precision", "int8"], "precision"),
            (["--negative-prompt", "x"], "negative prompt"),
        ] {
            let refused = try paint(["a cat"] + arguments)
            #expect(refused.status == 64, "\(arguments): \(refused.status)")
            #expect(
                refused.complaints.count == 1 && refused.errors.contains(word), "\(refused.errors)")
        }
    }

    @Test func otherModelsRefuseWhatOnlyAGANCan() throws {
        let scratch = try Scratch()
        for (arguments, word) in [
            (["a", "--truncation", "0.5"], "truncation"), (["a red cat", "b"], "quotes"),
            (["a", "--interpolate"], "interpolate"), (["a", "--frames", "3"], "--frames"),
            (["a", "b", "--interpolate", "-c", "2"], "--count"),
        ] {
            let refused = try Program.run(
                arguments + ["--model", Fixture.path("tiny-pinxit"), "--quiet"], in: scratch.path)
            #expect(refused.status == 64, "\(arguments): \(refused.status)")
            #expect(
                refused.complaints.count == 1 && refused.errors.contains(word), "\(refused.errors)")
        }
    }
}
