import Foundation
import PinxitCheckpoints
import PinxitFiles
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// The stages of training, each as its own process, in toy sizes.
@Suite struct TrainCommandTests {
    /// A toy data set and a configuration for each stage, in a scratch folder.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let optimisation = """
            "optimisation": {"samples": 24, "batch": 4, "learning_rate": 1e-3, "warm_up": 2,
                             "report_every": 3, "save_every": 2}
            """
        let configurations = [
            "tokenizer": #"{"vocabulary_size": 540, "max_length": 24, "captions": 200}"#,
            "clip": """
            {"model": {"text_width": 16, "text_layers": 1, "text_heads": 2, "projection": 8,
                       "image_size": 16, "image_widths": [8, 8], "image_layers": 0,
                       "image_heads": 2}, \(optimisation)}
            """,
            "autoencoder": """
            {"model": {"_class_name": "AutoencoderTiny", "latent_channels": 4, "width": 8,
                       "num_encoder_blocks": [0, 0, 0, 1], "num_decoder_blocks": [1, 0, 0, 0]},
             "task": {"crop": 32}, \(optimisation)}
            """,
            "diffusion": """
            {"model": {"sample_size": 4, "block_out_channels": [16, 16],
                       "attention_levels": [1], "heads": 2, "norm_num_groups": 4},
             "task": {"pictures": 64, "train_text_encoder": true,
                          "layout_weight": 0.1, "pair_repetitions": 2, "time_mean": 0.5},
             "prompts": ["a red apple", "一只猫"], \(optimisation)}
            """,
            "tokens": """
            {"model": {"sample_size": 16, "block_out_channels": [8, 8], "encoder_blocks": [0, 1],
                       "decoder_blocks": [1, 0], "levels": [5, 5, 5]}, \(optimisation)}
            """,
            "dalle": """
            {"model": {"hidden_size": 16, "num_layers": 2, "num_heads": 2},
             "task": {"pictures": 64}, "prompts": ["a red apple", "一只猫"], \(optimisation)}
            """,
        ]
        for (stage, text) in configurations {
            try scratch.write(Data(text.utf8), to: "\(stage).json")
        }
        return scratch
    }

    private func train(_ stage: String, _ model: String, _ more: [String] = [], in scratch: Scratch)
        throws -> Program.Outcome
    {
        try Program.run(
            [
                "train", stage, "--config", "\(stage).json", "--model", model, "--quiet",
            ] + (more.contains("--dataset") ? [] : ["--dataset", "toys"]) + more, in: scratch.path)
    }

    /// Trains all stages of `model` and checks that each ends well.
    private func trainAll(_ model: String, in scratch: Scratch) throws {
        for stage in ["tokenizer", "clip", "autoencoder", "diffusion"] {
            let outcome = try train(stage, model, in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
    }

    @Test("lora finds the model by name, and lists those that are there")
    func loraNamesModels() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["train", "lora", "--model", "nosuch", "--dataset", ".", "-o", "x.safetensors"],
            in: scratch.path)
        #expect(outcome.status == 66)
        #expect(outcome.errors.contains("--model nosuch: is no model"), "\(outcome.errors)")
        #expect(outcome.errors.contains("pinxit-small"), "\(outcome.errors)")
        #expect(scratch.files.isEmpty)
    }

    @Test("A stage that is mistyped is asked for, and one that is like none gets the list")
    func mistypedStage() throws {
        let scratch = try Scratch()
        for (typed, words) in [
            ("difusion", "difusion is no stage of training; is diffusion meant?"),
            ("fine-tune", "is finetune meant?"), ("everything", "tokenizer, clip, autoencoder"),
        ] {
            let outcome = try Program.run(
                ["train", typed, "--model", "m", "--dataset", "."], in: scratch.path)
            #expect(outcome.status == 64 && outcome.complaints.count == 1)
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
        #expect(scratch.files.isEmpty)
    }

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

    @Test("A teacher is found by its name, and one that is none is told with those there are")
    func namedTeacher() throws {
        let scratch = try scratch()
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/Models", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/Models/one",
            withDestinationPath: Fixture.path("tiny-pinxit"))
        let recipe = """
            {"task": {"steps": 2, "teacher_steps": [2, 1], "captions": 64},
             "optimisation": {"samples": 4, "batch": 2, "learning_rate": 1e-3}}
            """
        try scratch.write(Data(recipe.utf8), to: "distillation.json")
        let outcome = try train(
            "distillation", "fast", ["--set", "task.teacher=one"], in: scratch)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let refused = try train(
            "distillation", "other", ["--set", "task.teacher=nosuch"], in: scratch)
        #expect(refused.errors.contains("task.teacher nosuch: is no model"), "\(refused.errors)")
    }

    @Test("A file that cannot be written is told before anything is learnt")
    func loraOutputIsFolder() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["train", "lora", "--model", "nosuch", "--dataset", ".", "-o", "."], in: scratch.path)
        #expect(outcome.status == 73)
        #expect(outcome.errors.contains(".: is a folder"), "\(outcome.errors)")
        #expect(scratch.files.isEmpty)
    }

    @Test("Every stage trains, the text tower with the U-Net, and the folder paints")
    func stagesMakeAModel() throws {
        let scratch = try scratch()
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let outcome = try train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let before = try scratch.read("model/text_encoder/model.safetensors")
        let outcome = try train("diffusion", "model", in: scratch)
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
        let scratch = try scratch()
        try FileManager.default.copyItem(
            atPath: Fixture.path("folders/kohya"), toPath: "\(scratch.path)/mine")
        let own = [
            "--dataset", "mine", "--set", "dataset.size=32", "--max-broken", "0",
        ]
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let changes = stage == "tokenizer" ? Array(own.prefix(2)) : own
            let outcome = try train(stage, "model", changes, in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let refused = try train("diffusion", "model", own, in: scratch)
        #expect(refused.status == 65 && refused.errors.contains("task.layout_weight"))
        let plain = own + ["--set", "task.layout_weight=0", "--set", "task.pair_repetitions=1"]
        let outcome = try train("diffusion", "model", plain, in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let painted = try Program.run(
            ["sks dog", "--model", "model", "--steps", "2", "--output", "dog.png", "--quiet"],
            in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
        try scratch.write(Data("another dog".utf8), to: "mine/10_sks dog/1.caption")
        let changed = try train("diffusion", "model", plain, in: scratch)
        #expect(changed.status == 65 && changed.errors.contains("other pictures or captions"))
    }

    @Test("A folder is looked through before anything is learnt from it")
    func checksAFolder() throws {
        let scratch = try scratch()
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
        let scratch = try scratch()
        try FileManager.default.createDirectory(
            atPath: "\(scratch.path)/Models", withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            atPath: "\(scratch.path)/Models/one",
            withDestinationPath: Fixture.path("tiny-pinxit"))
        let checked = try Program.run(
            ["dataset", "check", Fixture.path("folders/kohya"), "--model", "one", "--quiet"],
            in: scratch.path)
        #expect(checked.status == 0, "\(checked.errors)")
        let started = try train("autoencoder", "model", ["--start-from", "one"], in: scratch)
        #expect(started.errors.contains("cannot start"), "\(started.errors)")
    }

    @Test("The buckets of a folder are counted before anything is learnt from it")
    func countsBuckets() throws {
        let scratch = try scratch()
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
        let scratch = try scratch()
        for stage in ["tokenizer", "tokens", "dalle"] {
            let outcome = try train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
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

    @Test("A run starts from a finished model: with no learning it ends with that model's weights")
    func startsFromAModel() async throws {
        let scratch = try scratch()
        try trainAll("model", in: scratch)
        let weights = [
            "text_encoder/model.safetensors", "unet/diffusion_pytorch_model.safetensors",
        ]
        let still = String(decoding: try scratch.read("diffusion.json"), as: UTF8.self)
            .replacingOccurrences(of: #""learning_rate": 1e-3"#, with: #""learning_rate": 0"#)
        try scratch.write(Data(still.utf8), to: "diffusion.json")
        try FileManager.default.copyItem(
            atPath: "\(scratch.path)/model", toPath: "\(scratch.path)/next")
        let outcome = try train("diffusion", "next", ["--start-from", "model"], in: scratch)
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
    }

    @Test("A model of other sizes cannot be started from")
    func refusesToStartFromAnother() throws {
        let scratch = try scratch()
        let outcome = try train(
            "autoencoder", "model", ["--start-from", Fixture.path("tiny-pinxit")], in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.complaints.count == 1 && outcome.errors.contains("cannot start"))
        #expect(outcome.errors.contains("encoder.layers"), "\(outcome.errors)")
        let nowhere = try train("autoencoder", "model", ["--start-from", "nowhere"], in: scratch)
        #expect(nowhere.status == 66)
        #expect(nowhere.errors.contains("--start-from nowhere: is no model"), "\(nowhere.errors)")
    }

    @Test("A recipe that is refused is one line, and leaves neither a file nor a folder")
    func refusedRecipes() throws {
        let scratch = try scratch()
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let outcome = try train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let before = scratch.files
        for (stage, change, field) in [
            ("diffusion", "model.norm_num_groups=5", "model.norm_num_groups"),
            ("diffusion", "model.heads=3", "model.heads"),
            ("diffusion", "model.sample_size=8", "model.sample_size"),
            ("diffusion", "task.pictures=63", "task.pictures"),
            ("diffusion", "model.block_out_channels=[16384,16384]", "model"),
            ("diffusion", "optimisation.samples=0", "optimisation.samples"),
            ("tokenizer", "vocabulary_size=0", "vocabulary_size"),
            ("autoencoder", "task.crop=40", "task.crop"),
            ("autoencoder", "task.crop=20", "task.crop"),
            ("tokens", "model.block_out_channels=[0,8]", "model.block_out_channels"),
            ("clip", "model.text_heads=3", "model.text_heads"),
        ] {
            let outcome = try train(
                stage, "model", ["--run", "deep/run", "--set", change], in: scratch)
            #expect(outcome.status == 65 && outcome.complaints.count == 1, "\(outcome.errors)")
            // What several settings make together is the recipe's.
            let place = field == "model" ? "\(stage).json" : "--set \(change)"
            #expect(outcome.errors.contains("\(place): \(field): "), "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/deep"))
            #expect(scratch.files == before)
        }
    }

    @Test("An earlier stage that is missing is named by the command that makes it")
    func missingStages() throws {
        let scratch = try scratch()
        for (stage, part, maker) in [
            ("clip", "model/tokenizer", "tokenizer --dataset toys --model model"),
            ("diffusion", "model/tokenizer", "tokenizer --dataset toys --model model"),
            ("dalle", "model/tokenizer", "tokenizer --dataset toys --model model"),
        ] {
            let outcome = try train(stage, "model", in: scratch)
            #expect(outcome.status == 66, "\(outcome.errors)")
            #expect(
                outcome.errors == "error: \(part): is missing; the stage tokenizer makes it: "
                    + "pinxit train \(maker)\n")
        }
        try scratch.write(
            Data(#"{"optimisation": {"samples": 1, "batch": 1, "learning_rate": 1}}"#.utf8),
            to: "prior.json")
        let outcome = try train("prior", "model", in: scratch)
        #expect(
            outcome.errors == "error: model/clip: is missing; the stage clip makes it: "
                + "pinxit train clip --dataset toys --model model/clip --set task.export=clip\n")
        #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/model.runs"))
    }

    @Test("A data set that is missing is told as such, whichever the recipe is for")
    func missingDataSet() throws {
        let scratch = try Scratch()
        let settings = #""vocabulary_size": 520, "captions": 10"#
        try scratch.write(Data("{\(settings)}".utf8), to: "sprites.json")
        try scratch.write(
            Data("{\(settings), \"dataset\": {\"size\": 32}}".utf8), to: "pictures.json")
        for recipe in ["sprites.json", "pictures.json"] {
            let outcome = try Program.run(
                [
                    "train", "tokenizer", "--config", recipe, "--dataset", "nosuch", "--model",
                    "model",
                ], in: scratch.path)
            #expect(outcome.status != 0)
            #expect(outcome.errors.hasPrefix("error: nosuch: is missing"), "\(outcome.errors)")
        }
    }

    @Test("The settings of a stage are explained, with the choice between stages")
    func explainsSettings() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["train", "--explain-config", "diffusion"], in: scratch.path)
        #expect(outcome.status == 0)
        #expect(
            outcome.output.contains("optimisation.batch: whole number; 1 to 65536; must be given"))
        let wrong = try Program.run(["train", "--explain-config", "diffuse"], in: scratch.path)
        #expect(wrong.status == 64 && wrong.errors.contains("or all is accepted"))
        let nothing = try Program.run(["train", "clip", "--dataset", "x"], in: scratch.path)
        #expect(nothing.status == 64 && nothing.errors.contains("--model is missing"))
    }

    @Test("A run under another configuration says which options would be accepted")
    func changedConfiguration() throws {
        let scratch = try scratch()
        let first = try train("autoencoder", "model", in: scratch)
        try #require(first.status == 0, "\(first.errors)")
        let text = String(decoding: try scratch.read("autoencoder.json"), as: UTF8.self)
        try scratch.write(
            Data(text.replacingOccurrences(of: #""samples": 24"#, with: #""samples": 28"#).utf8),
            to: "autoencoder.json")
        let refused = try train("autoencoder", "model", in: scratch)
        #expect(refused.status == 65 && refused.complaints.count == 1, "\(refused.errors)")
        for word in [
            "checkpoint.safetensors: configuration", "--run", "--accept-changes",
            "(optimisation.samples was 24, is 28)",
        ] {
            #expect(refused.errors.contains(word), "\(refused.errors)")
        }
        let same = try train(
            "autoencoder", "model",
            ["--set", "optimisation.samples=24", "--set", "optimisation.save_every=9"], in: scratch)
        #expect(same.status == 0, "\(same.errors)")
        let kept = String(
            decoding: try scratch.read("model.runs/autoencoder/recipe.json"), as: UTF8.self)
        #expect(kept.contains(#""save_every": 9"#), "\(kept)")
        let accepted = try train("autoencoder", "model", ["--accept-changes"], in: scratch)
        #expect(accepted.status == 0, "\(accepted.errors)")
    }
}
