import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import PinxitTokenizers
import Testing

/// The stages of training, each as its own process, in toy sizes.
@Suite struct TrainCommandTests {
    @Test("finetune makes a folder that paints, and is told where a file is in its place")
    func finetuneMakesAFolder() throws {
        let scratch = try Scratch()
        let recipe = """
            {"dataset": {"size": 32}, "prompts": ["a dog"],
             "optimisation": {"samples": 4, "batch": 2, "learning_rate": 1e-3, "report_every": 2}}
            """
        try scratch.write(Data(recipe.utf8), to: "finetune.json")
        func tune(_ output: String) throws -> Program.Outcome {
            try Program.run(
                [
                    "train", "finetune", "--config", "finetune.json", "--quiet", "--model",
                    Fixture.path("tiny-pinxit"), "--dataset", Fixture.path("folders/kohya"), "-o",
                    output,
                ], in: scratch.path)
        }
        try scratch.write(Data(), to: "file")
        let refused = try tune("file")
        #expect(refused.status == 73, "\(refused.errors)")
        let outcome = try tune("tuned")
        try #require(outcome.status == 0, "\(outcome.errors)")
        let painted = try Program.run(
            ["a dog", "--model", "tuned", "--steps", "2", "-o", "dog.png", "--quiet"],
            in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
    }

    @Test("A recipe that came with the program is found by its name from any folder")
    func recipesBesideTheProgram() throws {
        let scratch = try Scratch()
        func complaint(_ recipe: String) throws -> String {
            let outcome = try Program.run(
                ["train", "clip", "--config", recipe, "--dataset", "missing", "--model", "m"],
                in: scratch.path)
            #expect(outcome.status != 0)
            return outcome.errors
        }
        #expect(try complaint("Recipes/clip-evaluator.json").contains("missing"))
        #expect(try !complaint("Recipes/clip-evaluator.json").contains("clip-evaluator"))
        #expect(try complaint("Recipes/none.json").contains("Recipes/none.json: cannot be opened"))
    }

    @Test("A teacher is found by its name, and one that is none is told with those there are")
    func namedTeacher() throws {
        let scratch = try SmallStages.scratch()
        try scratch.shelve("tiny-pinxit", as: "one")
        let recipe = """
            {"task": {"steps": 2, "teacher_steps": [2, 1], "captions": 64},
             "optimisation": {"samples": 4, "batch": 2, "learning_rate": 1e-3}}
            """
        try scratch.write(Data(recipe.utf8), to: "distillation.json")
        let outcome = try SmallStages.train(
            "distillation", "fast", ["--set", "task.teacher=one"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let refused = try SmallStages.train(
            "distillation", "other", ["--set", "task.teacher=nosuch"], in: scratch)
        #expect(refused.errors.contains("task.teacher nosuch: is no model"), "\(refused.errors)")
    }

    @Test("Every stage trains, the text tower with the U-Net, and the folder paints")
    func stagesMakeAModel() throws {
        let scratch = try SmallStages.scratch()
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let outcome = try SmallStages.train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let before = try scratch.read("model/text_encoder/model.safetensors")
        let outcome = try SmallStages.train("diffusion", "model", in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let after = try scratch.read("model/text_encoder/model.safetensors")
        #expect(after.count == before.count && after != before)
        let trained = try SafetensorsFile(
            path: "\(scratch.path)/model.runs/diffusion/checkpoint.safetensors"
        ).entries.keys
        #expect(trained.contains("first/text_model.final_layer_norm.weight"))
        #expect(trained.contains("first/conv_in.weight"))
        // Own models paint with the guidance that suits them, not with 7.5.
        let usual = try JSONFile.read("\(scratch.path)/model/pinxit.json")
        #expect(try usual["guidance_scale"].double() == 3.5)
        #expect(try usual["steps"].int() == 20)

        let painted = try Program.run(
            [
                "a red apple", "--model", "model", "--steps", "2", "--output", "apple.png",
                "--quiet",
            ],
            in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
        #expect(try Picture(file: scratch.path + "/apple.png").width == 32)
    }

    @Test("Every stage trains on a folder of anybody's pictures, and not on other ones later")
    func stagesLearnFromAFolder() throws {
        let scratch = try SmallStages.scratch()
        try FileManager.default.copyItem(
            atPath: Fixture.path("folders/kohya"), toPath: "\(scratch.path)/mine")
        let own = [
            "--dataset", "mine", "--set", "dataset.size=32", "--max-broken", "0",
        ]
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let changes = stage == "tokenizer" ? Array(own.prefix(2)) : own
            let outcome = try SmallStages.train(stage, "model", changes, in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        for stage in ["diffusion", "dalle"] {
            if stage == "dalle" {
                let outcome = try SmallStages.train("tokens", "model", own, in: scratch)
                try #require(outcome.status == 0, "\(outcome.errors)")
            }
            let refused = try SmallStages.train(stage, "model", own, in: scratch)
            #expect(refused.status == 65 && refused.errors.contains("task.layout_weight"))
        }
        let plain = own + ["--set", "task.layout_weight=0", "--set", "task.pair_repetitions=1"]
        let outcome = try SmallStages.train("diffusion", "model", plain, in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let painted = try Program.run(
            ["sks dog", "--model", "model", "--steps", "2", "--output", "dog.png", "--quiet"],
            in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
        try scratch.write(Data("another dog".utf8), to: "mine/10_sks dog/1.caption")
        let changed = try SmallStages.train("diffusion", "model", plain, in: scratch)
        #expect(changed.status == 65 && changed.errors.contains("other pictures or captions"))
    }

    @Test("The tokenizer tells how many captions differ, not how often they are read")
    func tokenizerTells() throws {
        let scratch = try SmallStages.scratch()
        let outcome = try Program.run(
            [
                "train", "tokenizer", "--config", "tokenizer.json", "--model", "model",
                "--dataset", Fixture.path("folders/kohya"), "--set", "dataset.size=32",
            ], in: scratch.path)
        #expect(outcome.status == 0)
        #expect(
            outcome.errors.contains(
                "from 4 different captions; of 4 of them 0 do not fit 24 tokens"),
            "\(outcome.errors)")
    }

    @Test("A folder is looked through before anything is learnt from it")
    func checksAFolder() throws {
        let scratch = try SmallStages.scratch()
        let outcome = try Program.run(
            [
                "dataset", "check", Fixture.path("folders/odd"), "--sheet", "sheet.png", "--model",
                Fixture.path("tiny-pinxit"), "--quiet",
            ], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("3 broken files are left out"))
        #expect(try Picture(file: scratch.path + "/sheet.png").width > 128)
    }

    @Test("A model to learn, or to start from, is found by its name in Models")
    func modelsByName() throws {
        let scratch = try SmallStages.scratch()
        try scratch.shelve("tiny-pinxit", as: "one")
        let checked = try Program.run(
            ["dataset", "check", Fixture.path("folders/kohya"), "--model", "one", "--quiet"],
            in: scratch.path)
        #expect(checked.status == 0, "\(checked.errors)")
        let started = try SmallStages.train(
            "autoencoder", "model", ["--start-from", "one"], in: scratch)
        #expect(started.errors.contains("cannot start"), "\(started.errors)")
    }

    @Test("A decoder learns alone: the encoder and the latents' scale stay to the bit")
    func decoderAlone() async throws {
        let scratch = try SmallStages.scratch()
        let whole = try SmallStages.train("autoencoder", "one", in: scratch)
        try #require(whole.status == 0, "\(whole.errors)")
        let alone = ["--set", "task.decoder_only=true", "--set", "task.squared_weight=1"]
        let refused = try SmallStages.train("autoencoder", "two", alone, in: scratch)
        #expect(
            refused.status == 65
                && refused.errors.contains("task.decoder_only")
                && refused.errors.contains("--start-from"))
        let outcome = try SmallStages.train(
            "autoencoder", "two", alone + ["--start-from", "one"], in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let (before, after) = (
            try Component(path: "\(scratch.path)/one/vae"),
            try Component(path: "\(scratch.path)/two/vae")
        )
        #expect(
            try before.config["scaling_factor"].positive(or: 1)
                == after.config["scaling_factor"].positive(or: 1))
        let (old, new) = (try before.tensors(), try after.tensors())
        let same = await Engine.run { old.mapValues(\.floats).filter { new[$0]?.floats == $1 } }
        let stay = old.keys.filter { $0.hasPrefix("encoder.") }
        #expect(!stay.isEmpty && same.keys.sorted() == stay.sorted() && old.count == new.count)
    }

    @Test("The buckets of a folder are counted before anything is learnt from it")
    func countsBuckets() throws {
        let scratch = try SmallStages.scratch()
        let usual = ["dataset", "check", Fixture.path("folders/kohya"), "--quiet", "--buckets"]
        let outcome = try Program.run(
            usual + ["--size", "32", "--bucket-step", "8", "--sheet", "sheet.png"],
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.contains("pictures by bucket: 40x24: 3"), "\(outcome.output)")
        #expect(try Picture(file: scratch.path + "/sheet.png").width == 8 + 8 * 48)
        let refused = try Program.run(usual + ["--size", "32"], in: scratch.path)
        #expect(refused.status == 64 && refused.errors.contains("--bucket-step 64: 1 to"))
    }

    @Test("The stages of DALL·E train, and the folder paints and completes")
    func stagesMakeADALLE() throws {
        let scratch = try SmallStages.scratch()
        for stage in ["tokenizer", "tokens", "dalle"] {
            let outcome = try SmallStages.train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let usual = try JSONFile.read("\(scratch.path)/model/pinxit.json")
        #expect(try usual["top_p"].double() == 0.9)
        let weights = try SafetensorsFile(
            path: "\(scratch.path)/model/transformer/model.safetensors")
        // What taught the layout does not ship.
        #expect(weights.entries.keys.allSatisfy { !$0.hasPrefix("layout") })
        let log = String(
            decoding: try scratch.read("model.runs/dalle/train.csv"), as: UTF8.self)
        #expect(log.contains("loss/layout"), "\(log)")
        let painted = try Program.run(
            [
                "a red apple", "--model", "model", "--output", "apple.png", "--quiet", "--top-k",
                "9",
            ],
            in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
        #expect(try Picture(file: scratch.path + "/apple.png").width == 16)
        let completed = try Program.run(
            [
                "a red apple", "--model", "model", "--output", "half.png", "--quiet", "--complete",
                "apple.png", "--keep-rows", "3",
            ], in: scratch.path)
        #expect(completed.status == 0, "\(completed.errors)")
        let refused = try Program.run(
            ["a red apple", "--model", "model", "--steps", "3"], in: scratch.path)
        #expect(refused.status == 64 && refused.complaints.count == 1, "\(refused.errors)")
    }

    @Test("What a text tower knows of words goes with them to another tokenizer's tokens")
    func startsFromAnotherTokenizer() async throws {
        let scratch = try SmallStages.scratch()
        let still = ["--set", "optimisation.learning_rate=0"]
        for (stage, model, more) in [
            ("tokenizer", "model", []), ("clip", "model", still),
            ("tokenizer", "next", ["--set", "vocabulary_size=560"]),
            ("clip", "next", still + ["--start-from", "model"]),
        ] {
            let outcome = try SmallStages.train(stage, model, more, in: scratch)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        let folder = scratch.path
        @Sendable func tokens(_ model: String) throws -> (CLIPTokenizer, [Float], width: Int) {
            let file = try SafetensorsFile(
                path: "\(folder)/\(model)/text_encoder/model.safetensors")
            let key = "text_model.embeddings.token_embedding.weight"
            let table = try #require(try file.tensors()[key])
            return (
                try CLIPTokenizer(folder: "\(folder)/\(model)/tokenizer"),
                table.cast(to: .f32).floats, table.shape[1]
            )
        }
        let (old, before, width) = try await Engine.run { try tokens("model") }
        let (new, after, _) = try await Engine.run { try tokens("next") }
        #expect(new.vocabularySize == 560 && after.count == 560 * width)
        for id in 0..<560 {
            let pieces = old.pieces(of: try #require(new.symbol(Int32(id))))
            for column in 0..<width {
                let rows = pieces.map { before[Int($0) * width + column] }
                let mean = rows.reduce(0, +) / Float(rows.count)
                // Half a unit of f16's eleventh bit, or of its smallest number.
                let rounding = max(abs(mean) * 0x1.01p-11, 0x1p-25)
                #expect(abs(after[id * width + column] - mean) <= rounding)
            }
        }
        // A start of other sizes is refused, whatever its tokenizer.
        let tokenizer = try SmallStages.train(
            "tokenizer", "narrow", ["--set", "vocabulary_size=550"], in: scratch)
        #expect(tokenizer.status == 0, "\(tokenizer.errors)")
        let narrow = try SmallStages.train(
            "clip", "narrow", ["--start-from", "model", "--set", "model.text_width=8"], in: scratch)
        #expect(narrow.status == 65 && narrow.complaints.count == 1, "\(narrow.errors)")
        #expect(narrow.errors.contains("cannot start a model of this configuration"))
    }

    @Test("A run starts from a finished model: with no learning it ends with that model's weights")
    func startsFromAModel() async throws {
        let scratch = try SmallStages.scratch()
        try SmallStages.trainAll("model", in: scratch)
        let weights = [
            "text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors",
        ]
        let still = String(decoding: try scratch.read("diffusion.json"), as: UTF8.self)
            .replacingOccurrences(of: #""learning_rate": 1e-3"#, with: #""learning_rate": 0"#)
        try scratch.write(Data(still.utf8), to: "diffusion.json")
        try FileManager.default.copyItem(
            atPath: "\(scratch.path)/model", toPath: "\(scratch.path)/next")
        let outcome = try SmallStages.train(
            "diffusion", "next", ["--start-from", "model"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        for name in weights {
            let (found, expected) = try (
                SafetensorsFile(path: "\(scratch.path)/next/\(name)").tensors(),
                SafetensorsFile(path: "\(scratch.path)/model/\(name)").tensors()
            )
            #expect(found.keys.sorted() == expected.keys.sorted(), "\(name)")
            // Element by element: whether a zero less nothing keeps its sign is the processor's.
            await Engine.run {
                for (key, tensor) in expected {
                    #expect(found[key]?.type == tensor.type, "\(name): \(key)")
                    #expect(
                        found[key].map { largestDifference($0, tensor) } == 0, "\(name): \(key)")
                }
            }
        }
        // What is wrong with it is said before pictures are made ready.
        for (part, text) in [("words.json", "[]"), (weights[1], "broken")] {
            let (start, next) = ("start-\(text.count)", "next-\(text.count)")
            for copy in [start, next] {
                try FileManager.default.copyItem(
                    atPath: "\(scratch.path)/model", toPath: "\(scratch.path)/\(copy)")
            }
            try scratch.write(Data(text.utf8), to: "\(start)/\(part)")
            let before = scratch.files
            let refused = try SmallStages.train(
                "diffusion", next, ["--start-from", start], in: scratch)
            #expect(refused.status == 65 && refused.complaints.count == 1, "\(refused.errors)")
            #expect(refused.errors.contains("\(start)/\(part)"), "\(refused.errors)")
            #expect(scratch.files == before)
        }
    }
}
