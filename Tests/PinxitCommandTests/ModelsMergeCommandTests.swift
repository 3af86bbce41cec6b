import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

@Suite struct ModelsMergeCommandTests {
    private let model = Fixture.path("tiny-sd1")

    @Test("A model merged with itself paints as before")
    func mergesWithItself() throws {
        let scratch = try Scratch()
        let merge = try Program.run(
            ["models", "merge", model, model, "both", "--since", model, "--type", "f32"],
            in: scratch.path)
        #expect(merge.status == 0, "\(merge.errors)")
        #expect(merge.lines == ["both"])
        for (name, folder) in [("one.png", model), ("two.png", "both")] {
            let outcome = try Program.run(
                [
                    "paint", "a cat", "--model", folder, "--steps", "1", "--seed", "1",
                    "--precision", "f32", "--output", name,
                ], in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(
            try Picture(file: scratch.path + "/one.png")
                == Picture(file: scratch.path + "/two.png"))
    }

    @Test("What a model says of its use and its words goes with it, merged with both models' words")
    func keepsSettings() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: model, toPath: scratch.path + "/own")
        try FileManager.default.copyItem(atPath: model, toPath: scratch.path + "/other")
        let usual = Data(#"{"steps": 4, "guidance_scale": 1}"#.utf8)
        try scratch.write(usual, to: "own/pinxit.json")
        for (name, word) in [("own", "apple"), ("other", "pear")] {
            let words = #"{"english": {"things": ["\#(word)"], "words": ["\#(word)"]}}"#
            try scratch.write(Data(words.utf8), to: "\(name)/words.json")
        }
        func words(_ folder: String) throws -> String {
            try String(contentsOfFile: "\(scratch.path)/\(folder)/words.json", encoding: .utf8)
        }
        for command in [["convert", "own", "one"], ["merge", "own", "other", "both"]] {
            let outcome = try Program.run(["models"] + command, in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            let settings = scratch.path + "/\(command[command.count - 1])/pinxit.json"
            #expect(FileManager.default.contents(atPath: settings) == usual)
        }
        #expect(try words("one").contains("apple") && !words("one").contains("pear"))
        #expect(try words("both").contains("apple") && words("both").contains("pear"))
        // Of a model that knows nobody knows what, nothing is said.
        let outcome = try Program.run(["models", "merge", "own", model, "third"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: scratch.path + "/third/words.json"))
    }

    @Test("Models with a task of their own are read and written by its pipeline's name")
    func tasks() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: model, toPath: scratch.path + "/own")
        try FileManager.default.removeItem(atPath: scratch.path + "/own/unet")
        try FileManager.default.copyItem(
            atPath: Fixture.path("tiny-instruct"), toPath: scratch.path + "/own/unet")
        let index = scratch.path + "/own/model_index.json"
        let name = "StableDiffusionInstructPix2PixPipeline"
        let plain = try String(contentsOfFile: index, encoding: .utf8)
        try plain.replacing("\"StableDiffusionPipeline\"", with: "\"\(name)\"")
            .write(toFile: index, atomically: true, encoding: .utf8)
        let outcome = try Program.run(["models", "convert", "own", "new"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let written = try String(
            contentsOfFile: scratch.path + "/new/model_index.json", encoding: .utf8)
        #expect(written.contains("\"\(name)\""), "\(written)")
    }

    @Test("A model that cannot be read, and a safety checker without weights, hide no others")
    func lists() throws {
        let scratch = try Scratch()
        for name in ["one", "two", "three"] {
            try FileManager.default.createDirectory(
                atPath: scratch.path + "/Models", withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: model, toPath: scratch.path + "/Models/\(name)")
        }
        try scratch.write(
            Data(#"{"_class_name": "FluxPipeline"}"#.utf8), to: "Models/two/model_index.json")
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/Models/three/safety_checker",
            withIntermediateDirectories: true)
        try scratch.write(Data("{}".utf8), to: "Models/three/safety_checker/config.json")
        let outcome = try Program.run(["models"], in: scratch.path)
        #expect(outcome.status == 0 && outcome.output.contains("one"), "\(outcome.errors)")
        #expect(outcome.output.contains("three"))
        #expect(outcome.errors.contains("FluxPipeline"), "\(outcome.errors)")
    }

    @Test(
        arguments: [
            (["both"], ["--scale", "nan"], "--scale", 64),
            (["both"], ["--parts", "unet,clip"], "--parts unet,clip", 64),
            (["both"], ["--parts", "unet,text_encoder_2"], "text_encoder_2", 64),
            (["both"], ["--type", "f8"], "--type f8", 64),
            (["here"], [], "is there already", 64),
            (["both"], ["--since", "nowhere"], "nowhere", 66),
        ] as [([String], [String], String, Int32)])
    func wrongOptions(output: [String], options: [String], words: String, status: Int32) throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "here")
        let outcome = try Program.run(
            ["models", "merge", model, model] + output + options, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
        #expect(scratch.files == ["here"])
    }

    @Test func othersThanStableDiffusionAreRefused() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["models", "merge", model, Fixture.path("tiny-dalle"), "both"], in: scratch.path)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("is no Stable Diffusion"), "\(outcome.errors)")
    }
}
