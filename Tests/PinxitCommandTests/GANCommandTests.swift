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

    @Test("A picture is explained by what words and chance change, and stays as it is")
    func explains() throws {
        let scratch = try scratch()
        func paint(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(arguments + ["--model", "model", "--quiet"], in: scratch.path)
        }
        let plain = try paint(["a red apple", "-s", "3", "-o", "plain.png"])
        #expect(plain.status == 0, "\(plain.errors)")
        let explained = try paint(["a red apple", "-s", "3", "-o", "x.png", "--explain", "why"])
        #expect(explained.status == 0, "\(explained.errors)")
        #expect(try scratch.read("plain.png") == scratch.read("x.png"))

        let page = String(decoding: try scratch.read("why/index.html"), as: UTF8.self)
        for text in ["What each word changed", "The walk through chance", "8x8 cells"] {
            #expect(page.contains(text))
        }
        #expect(!page.contains("<script") && !page.contains("What guidance changed"))
        for name in ["way.png", "without.png", "looks-8.png", "word-3-apple.png"] {
            #expect(throws: Never.self) { try Picture(file: "\(scratch.path)/why/\(name)") }
        }
        let json = try Explained(scratch.read("why/explanation.json"))
        let words = json.texts[0].words
        #expect(words.map(\.text) == ["a", "red", "apple"])
        #expect(abs(words.reduce(0) { $0 + $1.share } - 1) < 1e-6)
        #expect(words.allSatisfy { $0.map.width == 32 && $0.map.values.count == 32 * 32 })
        // The maps are of pictures that the model paints of the sentence without the word.
        let without = try paint(["a apple", "-s", "3", "-o", "without.png"])
        #expect(without.status == 0, "\(without.errors)")
        let pictures = try ["x.png", "without.png"].map {
            try Picture(file: "\(scratch.path)/\($0)").rgb()
        }
        let map = HeatMap(differenceOf: pictures[0], pictures[1])
        // Painted beside others a number may be rounded differently.
        #expect(zip(map.values, words[1].map.values).allSatisfy { abs($0 - $1) <= 1 })
        #expect(json.gan.looks.map(\.side) == [8] && json.gan.looks[0].maps.count == 16)
        for look in json.gan.looks[0].maps {
            #expect(abs(look.values.reduce(0, +) - 1) < 1e-4)
        }
        #expect(json.gan.walks.map(\.kind) == ["truncation", "seed"])
        #expect(json.gan.walks[0].places.first == 0 && json.gan.walks[0].places.last == 0.8)

        let still = try paint(["苹果", "--truncation", "0", "-o", "y.png", "--explain", "still"])
        #expect(still.status == 0, "\(still.errors)")
        let none = try Explained(scratch.read("still/explanation.json"))
        #expect(none.gan.changes.chance <= 1 && none.gan.walks.isEmpty)
        let empty = try paint(["", "-o", "z.png", "--explain", "empty"])
        #expect(empty.status == 0, "\(empty.errors)")
        let way = try paint(["--interpolate", "a", "b", "-o", "w.png", "--explain", "way"])
        #expect(way.status == 64 && way.errors.contains("explaining"), "\(way.errors)")
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

/// What the test reads of `explanation.json`.
private struct Explained: Decodable {
    struct Map: Decodable {
        let width: Int
        let values: [Float]
    }
    struct Word: Decodable {
        let text: String
        let share: Double
        let map: Map
    }
    struct Text: Decodable { let words: [Word] }
    struct Look: Decodable {
        let side: Int
        let maps: [Map]
    }
    struct Walk: Decodable {
        let kind: String
        let places: [Double]
    }
    struct Changes: Decodable { let chance: Double }
    struct GAN: Decodable {
        let looks: [Look]
        let walks: [Walk]
        let changes: Changes
    }
    let texts: [Text]
    let gan: GAN

    init(_ bytes: Data) throws { self = try JSONDecoder().decode(Self.self, from: bytes) }
}
