import Foundation
import PinxitTestSupport
import Testing

/// What `pinxit train` refuses, and in which words.
@Suite struct TrainRefusalTests {
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

    @Test("A file that cannot be written is told before anything is learnt")
    func loraOutputIsFolder() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["train", "lora", "--model", "nosuch", "--dataset", ".", "-o", "."], in: scratch.path)
        #expect(outcome.status == 73)
        #expect(outcome.errors.contains(".: is a folder"), "\(outcome.errors)")
        #expect(scratch.files.isEmpty)
    }

    @Test("A file of another ending, and a model that cannot be written, are told before training")
    func outputNames() throws {
        let scratch = try SmallStages.scratch()
        for name in ["my-dog", "my-dog.pt"] {
            let outcome = try Program.run(
                [
                    "train", "lora", "--model", Fixture.path("tiny-sd1"), "--dataset",
                    Fixture.path("folders/kohya"), "-o", name,
                ], in: scratch.path)
            #expect(outcome.status == 64)
            #expect(outcome.errors.contains("\(name): a name that ends in .safetensors"))
        }
        try Data("x".utf8).write(to: URL(filePath: scratch.path + "/taken"))
        let before = scratch.files
        let outcome = try SmallStages.train("autoencoder", "taken", in: scratch)
        #expect(outcome.status == 73 && outcome.complaints.count == 1, "\(outcome.errors)")
        #expect(scratch.files == before)
    }

    @Test("A model of other sizes cannot be started from")
    func refusesToStartFromAnother() throws {
        let scratch = try SmallStages.scratch()
        let outcome = try SmallStages.train(
            "autoencoder", "model", ["--start-from", Fixture.path("tiny-pinxit")], in: scratch)
        #expect(outcome.status == 65)
        #expect(outcome.complaints.count == 1 && outcome.errors.contains("cannot start"))
        #expect(outcome.errors.contains("encoder.layers"), "\(outcome.errors)")
        let nowhere = try SmallStages.train(
            "autoencoder", "model", ["--start-from", "nowhere"], in: scratch)
        #expect(nowhere.status == 66)
        #expect(nowhere.errors.contains("--start-from nowhere: is no model"), "\(nowhere.errors)")
    }

    @Test("A recipe that is refused is one line, and leaves neither a file nor a folder")
    func refusedRecipes() throws {
        let scratch = try SmallStages.scratch()
        for stage in ["tokenizer", "clip", "autoencoder"] {
            let outcome = try SmallStages.train(stage, "model", in: scratch)
            try #require(outcome.status == 0, "\(stage): \(outcome.errors)")
        }
        let before = scratch.files
        for (stage, change, field) in [
            ("diffusion", "model.norm_num_groups=5", "model.norm_num_groups"),
            ("diffusion", "model.heads=3", "model.heads"),
            ("diffusion", "model.sample_size=8", "model.sample_size"),
            ("diffusion", "task.pictures=63", "task.pictures"),
            ("diffusion", "model.block_out_channels=[16384,16384]", "model.heads"),
            ("diffusion", "model.block_out_channels=[16384,16384] model.heads=64", "model"),
            ("diffusion", "optimisation.samples=0", "optimisation.samples"),
            ("tokenizer", "vocabulary_size=0", "vocabulary_size"),
            ("autoencoder", "task.crop=40", "task.crop"),
            ("autoencoder", "task.crop=20", "task.crop"),
            ("tokens", "model.block_out_channels=[0,8]", "model.block_out_channels"),
            ("clip", "model.text_heads=3", "model.text_heads"),
        ] {
            let outcome = try SmallStages.train(
                stage, "model",
                ["--run", "deep/run"]
                    + change.split(separator: " ").flatMap { ["--set", "\($0)"] },
                in: scratch)
            #expect(outcome.status == 65 && outcome.complaints.count == 1, "\(outcome.errors)")
            // What several settings make together is the recipe's.
            let place = change.hasPrefix(field + "=") ? "--set \(change)" : "\(stage).json"
            #expect(outcome.errors.contains("\(place): \(field): "), "\(outcome.errors)")
            #expect(!FileManager.default.fileExists(atPath: "\(scratch.path)/deep"))
            #expect(scratch.files == before)
        }
    }

    @Test("An earlier stage that is missing is named by the command that makes it")
    func missingStages() throws {
        let scratch = try SmallStages.scratch()
        for (stage, part, maker) in [
            ("clip", "model/tokenizer", "tokenizer --dataset toys --model model"),
            ("diffusion", "model/tokenizer", "tokenizer --dataset toys --model model"),
            ("dalle", "model/tokenizer", "tokenizer --dataset toys --model model"),
        ] {
            let outcome = try SmallStages.train(stage, "model", in: scratch)
            #expect(outcome.status == 66, "\(outcome.errors)")
            #expect(
                outcome.errors == "error: \(part): is missing; the stage tokenizer makes it: "
                    + "pinxit train \(maker)\n")
        }
        try scratch.write(
            Data(#"{"optimisation": {"samples": 1, "batch": 1, "learning_rate": 1}}"#.utf8),
            to: "prior.json")
        let outcome = try SmallStages.train("prior", "model", in: scratch)
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
        let wrong = try Program.run(["train", "--explain-config", "difusion"], in: scratch.path)
        #expect(wrong.status == 64 && wrong.errors.contains("is diffusion meant? "))
        #expect(wrong.errors.contains("evaluation or all is accepted"))
        for (name, line) in [
            ("dataset", "mix.pair: number; 0 or more; 0.2\n"),
            ("evaluation", "whole.held_out: whole number; 1 to 1000000; 1000\n"),
        ] {
            let told = try Program.run(["train", "--explain-config", name], in: scratch.path)
            #expect(told.status == 0 && told.output.contains(line), "\(told.output)")
        }
        let nothing = try Program.run(["train", "clip", "--dataset", "x"], in: scratch.path)
        #expect(nothing.status == 64 && nothing.errors.contains("--model is missing"))
    }

    @Test("A run under another configuration says which options would be accepted")
    func changedConfiguration() throws {
        let scratch = try SmallStages.scratch()
        let first = try SmallStages.train("autoencoder", "model", in: scratch)
        try #require(first.status == 0, "\(first.errors)")
        let text = String(decoding: try scratch.read("autoencoder.json"), as: UTF8.self)
        try scratch.write(
            Data(text.replacingOccurrences(of: #""samples": 24"#, with: #""samples": 28"#).utf8),
            to: "autoencoder.json")
        let refused = try SmallStages.train("autoencoder", "model", in: scratch)
        #expect(refused.status == 65 && refused.complaints.count == 1, "\(refused.errors)")
        for word in [
            "checkpoint.safetensors: configuration", "--run", "--accept-changes",
            "(optimisation.samples was 24, is 28)",
        ] {
            #expect(refused.errors.contains(word), "\(refused.errors)")
        }
        let same = try SmallStages.train(
            "autoencoder", "model",
            ["--set", "optimisation.samples=24", "--set", "optimisation.save_every=9"], in: scratch)
        #expect(same.status == 0, "\(same.errors)")
        let kept = String(
            decoding: try scratch.read("model.runs/autoencoder/recipe.json"), as: UTF8.self)
        #expect(kept.contains(#""save_every": 9"#), "\(kept)")
        let accepted = try SmallStages.train(
            "autoencoder", "model", ["--accept-changes"], in: scratch)
        #expect(accepted.status == 0, "\(accepted.errors)")
    }
}
