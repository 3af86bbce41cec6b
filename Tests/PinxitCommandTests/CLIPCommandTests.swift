import Foundation
import PinxitCheckpoints
import PinxitImages
import PinxitTestSupport
import Testing

/// `pinxit train clip` with a whole CLIP as its result, and `pinxit clip` on it.
@Suite struct CLIPCommandTests {
    private static let optimisation = """
        "optimisation": {"samples": 32, "batch": 8, "learning_rate": 1e-3, "warm_up": 2,
                         "precision": "f32", "report_every": 4, "save_every": 2}
        """

    private static func recipe(_ task: String, text: String = "bidirectional") -> String {
        """
        {"model": {"text": "\(text)", "text_width": 16, "text_layers": 1, "text_heads": 2,
                   "projection": 8, "image": "residual", "image_size": 16,
                   "image_widths": [16, 16], "image_features": 16},
         "task": \(task), \(optimisation)}
        """
    }

    private func train(
        _ task: String, to model: String, text: String = "bidirectional", in scratch: Scratch
    ) throws
        -> Program.Outcome
    {
        try scratch.write(Data(Self.recipe(task, text: text).utf8), to: "clip.json")
        return try Program.run(
            [
                "train", "clip", "--config", "clip.json", "--dataset", "toys", "--model", model,
                "--quiet",
            ], in: scratch.path)
    }

    /// A toy data set and a tokenizer in `first` and `second`.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let tokenizer = #"{"vocabulary_size": 540, "max_length": 24, "captions": 200}"#
        try scratch.write(Data(tokenizer.utf8), to: "tokenizer.json")
        for model in ["first", "second"] {
            let outcome = try Program.run(
                [
                    "train", "tokenizer", "--config", "tokenizer.json", "--dataset", "toys",
                    "--model", model, "--quiet",
                ], in: scratch.path)
            try #require(outcome.status == 0, "\(outcome.errors)")
        }
        return scratch
    }

    @Test(
        "In chunks a run learns what it learns in whole batches, for both losses",
        arguments: ["softmax", "sigmoid"])
    func chunks(loss: String) throws {
        let scratch = try scratch()
        for (model, chunk) in [("first", 0), ("second", 3)] {
            let task = #"{"export": "clip", "loss": "\#(loss)", "chunk": \#(chunk)}"#
            let outcome = try train(task, to: model, in: scratch)
            try #require(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.errors.contains("held-out retrieval"))
        }
        let files = try ["first", "second"].map { model in
            try SafetensorsFile(
                path: "\(scratch.path)/\(model).runs/clip/checkpoint.safetensors"
            ).tensors { $0.hasPrefix("weights/") }
        }
        #expect(files[0].keys == files[1].keys)
        for (name, tensor) in files[0] {
            // AdamW's step does not shrink with the gradient: where that is rounding alone, so is
            // its direction.
            if name.hasSuffix("k_proj.bias") { continue }
            #expect(largestDifference(tensor, files[1][name]!) < 2e-4, "\(name)")
        }
    }

    @Test("A trained CLIP is a folder that scores, searches, classifies and is measured")
    func commands() throws {
        let scratch = try scratch()
        let outcome = try train(#"{"export": "clip"}"#, to: "first", in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(
            scratch.files.filter { $0.hasPrefix("first/") }.map { $0.dropFirst(6) } == [
                "config.json", "model.safetensors", "tokenizer/merges.txt",
                "tokenizer/special_tokens_map.json", "tokenizer/tokenizer_config.json",
                "tokenizer/vocab.json",
            ])
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/pictures", withIntermediateDirectories: true)
        for (name, color) in [("red", [220, 30, 30]), ("blue", [30, 30, 220])]
            as [(String, [UInt8])]
        {
            try Picture(width: 20, height: 16, color: color)
                .write(to: "\(scratch.path)/pictures/\(name).png")
        }
        try scratch.write(Data("no picture".utf8), to: "pictures/broken.png")
        let red = "pictures/red.png"
        let model = ["--model", "first"]
        func run(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(["clip"] + arguments, in: scratch.path)
        }

        let score = try run(["score", red, "a red cat", "蓝色的狗", "--json"] + model)
        #expect(score.status == 0 && score.errors == "", "\(score.errors)")
        struct Scores: Decodable {
            struct Score: Decodable {
                var text: String
                var similarity: Double
            }
            var scores: [Score]
            var scale: Double
        }
        let scores = try JSONDecoder().decode(Scores.self, from: Data(score.output.utf8))
        #expect(scores.scores.map(\.text) == ["a red cat", "蓝色的狗"])
        #expect(scores.scores.allSatisfy { abs($0.similarity) <= 1 } && scores.scale > 1)
        #expect(try run(["score", red, "a red cat"] + model).lines.count == 1)

        let classes = try run(
            ["classify", red, "red", "blue", "dog", "--template", "a {} cat"] + model)
        #expect(classes.status == 0, "\(classes.errors)")
        let shares = classes.lines.compactMap { Double($0.split(separator: " ")[0]) }
        #expect(shares.count == 3 && shares == shares.sorted(by: >))
        #expect(abs(shares.reduce(0, +) - 1) < 0.002)

        let search = try run(["search", "a red cat", "pictures", "--count", "1"] + model)
        #expect(search.status == 0 && search.lines.count == 1)
        #expect(search.complaints.count == 1 && search.errors.contains("broken.png"))

        let usual = ["evaluate", "first", "--dataset", "toys", "--count", "40"]
        let table = try run(usual)
        #expect(table.status == 0 && table.lines.count == 13, "\(table.errors)")
        #expect(table.output.contains("R@10"))
        let json = try run(usual + ["--json"])
        struct Report: Decodable {
            struct Row: Decodable {
                var rank: Int
                var model: Double
                var words: Double
                var chance: Double
            }
            var count: Int
            var retrieval: [Row]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output.utf8))
        #expect(report.count == 40 && report.retrieval.count == 12)
        #expect(report.retrieval.allSatisfy { (0...1).contains($0.model) && $0.chance > 0 })
    }

    @Test("By default the text tower is exported, and the whole CLIP lies in the run")
    func textEncoder() throws {
        let scratch = try scratch()
        let outcome = try train("{}", to: "first", text: "causal", in: scratch)
        try #require(outcome.status == 0, "\(outcome.errors)")
        #expect(scratch.files.contains("first/text_encoder/model.safetensors"))
        #expect(scratch.files.contains("first.runs/clip/clip/tokenizer/vocab.json"))
        #expect(scratch.files.contains("first.runs/clip/clip/config.json"))
        let wrong = try train("{}", to: "second", in: scratch)
        #expect(wrong.status == 65 && wrong.errors.contains("task.export"), "\(wrong.errors)")
    }

    @Test("OpenCLIP's and OpenAI's models clean texts, and what is cut is said")
    func textsThatAreCleanedAndCut() throws {
        let scratch = try Scratch()
        try Picture(width: 20, height: 16, color: [200, 30, 30])
            .write(to: "\(scratch.path)/red.png")
        func score(_ model: String, _ texts: [String]) throws -> Program.Outcome {
            let outcome = try Program.run(
                ["clip", "score", "red.png", "--model", Fixture.path(model)] + texts,
                in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome
        }
        for model in ["tiny-openclip", "tiny-openai"] {
            let pair = try score(model, ["a red dog’s bowl &amp; cat", "a red dog's bowl & cat"])
            #expect(Set(pair.lines.map { $0.prefix(6) }).count == 1, "\(pair.output)")
        }
        let cut = try score("tiny-clip", [String(repeating: "cat ", count: 40)])
        #expect(cut.errors.contains("tokens of the text fit"))
        #expect(try score("tiny-clip", ["a cat"]).errors.isEmpty)
    }

    @Test(
        arguments: [
            (["score", "nothing.png", "a cat"], 66, "nothing.png"),
            (["score", "toys/manifest.json", "a cat"], 65, "is no picture; PNG, JPEG"),
            (["score", "picture.png"], 64, "no text"),
            (["score", "picture.png", "a cat", "--model", "nowhere"], 66, "nowhere"),
            (["classify", "picture.png", "a cat"], 64, "two or more"),
            (["classify", "picture.png", "a", "b", "--template", "a cat"], 64, "with {}"),
            (["search", "a cat", "nowhere"], 66, "nowhere"),
            (["search", "a cat", "toys"], 65, "holds no PNG"),
            (["search", "a cat", "toys", "--count", "0"], 64, "--count 0"),
            (["evaluate", "nowhere", "--dataset", "toys"], 66, "nowhere"),
            (["evaluate", "nowhere", "--dataset", "toys", "--count", "1"], 64, "--count 1"),
        ] as [([String], Int32, String)])
    func errorsAreOneLine(arguments: [String], status: Int32, words: String) throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        try Picture(width: 20, height: 16, color: [1, 2, 3])
            .write(to: "\(scratch.path)/picture.png")
        let outcome = try Program.run(["clip"] + arguments, in: scratch.path)
        #expect(outcome.status == status, "\(outcome.errors)")
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
    }
}
