import Foundation
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

/// What is finished stays, and is not painted again.
@Suite struct BatchCommandTests {
    static let model = ["--model", Fixture.path("tiny-pinxit"), "--quiet"]

    @Test("A batch that is run again paints what is missing, and the same as without a break")
    func batch() throws {
        let scratch = try Scratch()
        let lines = """
            {"prompt": "a red apple", "steps": 1, "count": 2, "seed": 5}
            {"prompt": "一只猫", "steps": 1}
            {"prompt": "一只猫", "steps": 1}
            """
        try scratch.write(Data(lines.utf8), to: "jobs.jsonl")
        let arguments = ["batch", "jobs.jsonl"] + Self.model
        let first = try Program.run(arguments, in: scratch.path)
        #expect(first.status == 0, "\(first.errors)")
        let names = ["0001-1-a-red-apple", "0001-2-a-red-apple", "0002-一只猫", "0003-一只猫"]
        #expect(first.lines == names.map { "jobs/\($0).png" })
        let whole = try names.map { try scratch.read("jobs/\($0).png") }
        #expect(whole[2] != whole[3])
        // As after a kill: pictures and rows are missing, and half a row stands at the end.
        let rows = String(decoding: try scratch.read("jobs/batch.jsonl"), as: UTF8.self)
        let kept = rows.split(separator: "\n").filter { !$0.contains("0001-2") }
        let log = kept.joined(separator: "\n") + "\n{\"key\": \"ab"
        try scratch.write(Data(log.utf8), to: "jobs/batch.jsonl")
        try FileManager.default.removeItem(atPath: "\(scratch.path)/jobs/0003-一只猫.png")
        let second = try Program.run(arguments, in: scratch.path)
        #expect(second.lines == ["jobs/0001-2-a-red-apple.png", "jobs/0003-一只猫.png"])
        #expect(try names.map { try scratch.read("jobs/\($0).png") } == whole)
        let third = try Program.run(Array(arguments.dropLast()), in: scratch.path)
        #expect(third.lines == [])
        #expect(third.errors.contains("note: 4 of 4 pictures are there already"), "\(third.errors)")
    }

    @Test("What is asked for twice is painted twice, however it is spelt")
    func spellings() throws {
        let scratch = try Scratch()
        let lines = #"""
            {"prompt": "a cat", "steps": 1}
            {"steps":1, "count": 1, "prompt": "a cat"}
            """#
        try scratch.write(Data(lines.utf8), to: "jobs.jsonl")
        let outcome = try Program.run(["batch", "jobs.jsonl"] + Self.model, in: scratch.path)
        #expect(
            outcome.lines == ["jobs/0001-a-cat.png", "jobs/0002-a-cat.png"], "\(outcome.errors)")
    }

    @Test("A variation goes on with its own seed, and a model that is broken ends its jobs alone")
    func variationsAndBrokenModels() throws {
        let scratch = try Scratch()
        let broken = try scratch.copy(of: "tiny-pinxit")
        try scratch.write(
            Data("{".utf8), to: "\(broken.lastPathPart)/unet/config.json")
        let lines = """
            {"prompt": "a", "steps": 1, "model": "\(broken)"}
            {"prompt": "b", "steps": 1, "count": 2, "seed": 5, "variation_seed": 9, \
            "variation_strength": 0.5}
            """
        try scratch.write(Data(lines.utf8), to: "jobs.jsonl")
        let arguments = ["batch", "jobs.jsonl"] + Self.model
        let first = try Program.run(arguments, in: scratch.path)
        #expect(first.status == 65 && first.lines == ["jobs/0002-1-b.png", "jobs/0002-2-b.png"])
        #expect(first.errors.contains("error: job 1: \(broken)/unet/config.json"))
        let whole = try scratch.read("jobs/0002-2-b.png")
        let rows = String(decoding: try scratch.read("jobs/batch.jsonl"), as: UTF8.self)
        let kept = rows.split(separator: "\n").filter { !$0.contains("0002-2") }
        try scratch.write(Data((kept.joined(separator: "\n") + "\n").utf8), to: "jobs/batch.jsonl")
        try FileManager.default.removeItem(atPath: "\(scratch.path)/jobs/0002-2-b.png")
        let second = try Program.run(arguments, in: scratch.path)
        #expect(second.lines == ["jobs/0002-2-b.png"])
        #expect(try scratch.read("jobs/0002-2-b.png") == whole)
    }

    @Test("What a picture is held to is part of it: with another ControlNet it is painted anew")
    func batchHeldToPictures() throws {
        let scratch = try Scratch()
        let shown = try PNG.encode(Picture(width: 24, height: 16, color: [9, 90, 200]))
        let line = """
            {"prompt": "a red apple", "steps": 1, "seed": 5, "width": 24, "height": 16, \
            "controls": [{"picture": "\(shown.base64EncodedString())"}]}
            """
        try scratch.write(Data(line.utf8), to: "jobs.jsonl")
        func batch(_ net: String) throws -> Program.Outcome {
            try Program.run(
                ["batch", "jobs.jsonl", "--model", Fixture.path("tiny-sd1"), "--quiet"]
                    + ["--controlnet", Fixture.path(net)], in: scratch.path)
        }
        let first = try batch("tiny-control")
        #expect(first.lines == ["jobs/0001-a-red-apple.png"], "\(first.errors)")
        #expect(try batch("tiny-control").lines == [])
        #expect(try batch("tiny-control-pooled").lines == ["jobs/0001-a-red-apple-2.png"])
        let scaled = try batch("tiny-control:0.5")
        #expect(scaled.status == 64 && scaled.errors.contains("--controlnet PATH alone"))
    }

    @Test("A line that is no request is named before anything is painted; a job that fails is told")
    func failures() throws {
        let scratch = try Scratch()
        for (line, words) in [
            (#"{"prompt": "a", "stebs": 1}"#, "is steps meant?"), ("{", "JSON"),
            ("a red apple", #"at byte 0; {"prompt": "a red apple"} is accepted"#),
            (#"{"prompt": "a", "steps": "x"}"#, "steps"), (#"{"steps": 1}"#, "prompt: is missing"),
            (#"{"prompt": "a", "steps": 0}"#, "steps: 0 is not from 1"),
        ] {
            try scratch.write(Data("{\"prompt\": \"b\"}\n\(line)\n".utf8), to: "jobs.jsonl")
            let outcome = try Program.run(["batch", "jobs.jsonl"] + Self.model, in: scratch.path)
            #expect(outcome.status == 64 && outcome.complaints.count == 1, "\(outcome.errors)")
            #expect(outcome.errors.contains("job 2: ") && outcome.errors.contains(words))
        }
        #expect(scratch.files == ["jobs.jsonl"])
        let lines = "{\"prompt\": \"a\", \"width\": 33}\n{\"prompt\": \"b\", \"steps\": 1}\n"
        try scratch.write(Data(lines.utf8), to: "jobs.jsonl")
        let outcome = try Program.run(["batch", "jobs.jsonl"] + Self.model, in: scratch.path)
        #expect(outcome.status == 64 && outcome.lines == ["jobs/0002-b.png"])
        #expect(outcome.errors.contains("job 1: width: 33"))
    }

    @Test("A plot is one sheet, a row of JSON a picture, and paints only what is missing")
    func plot() throws {
        let scratch = try Scratch()
        func plot(_ x: String) throws -> Program.Outcome {
            try Program.run(
                ["plot", "a red apple", "--x", x, "--y", "prompt=red,green", "-o", "p.png"]
                    + Self.model, in: scratch.path)
        }
        let first = try plot("steps=1,2")
        #expect(first.status == 0 && first.lines == ["p.png"], "\(first.errors)")
        func rows() throws -> [JSONValue] {
            try String(decoding: try scratch.read("p/plot.jsonl"), as: UTF8.self)
                .split(separator: "\n").map { try JSONValue(parsing: String($0)) }
                .filter { $0["picture"] != nil }
        }
        let found = try rows().map { row in
            ["x", "y"].compactMap { if case .string(let text)? = row[$0] { text } else { nil } }
        }
        #expect(
            found == [
                ["steps=1", "prompt=red"], ["steps=2", "prompt=red"], ["steps=1", "prompt=green"],
                ["steps=2", "prompt=green"],
            ])
        let sheet = try Picture(file: "\(scratch.path)/p.png")
        #expect(sheet.width > 2 * 32 && sheet.height > 2 * 32)
        #expect(try plot("steps=1,2").status == 0)
        #expect(try rows().count == 4)
        #expect(try plot("steps=1,3").status == 0)
        #expect(try rows().count == 6)
    }

    @Test("Another plot of a prompt does not replace the first one's sheet")
    func plotsOfOnePrompt() throws {
        let scratch = try Scratch()
        func plot(_ x: String) throws -> [String] {
            try Program.run(
                ["plot", "a red apple", "--x", x, "-s", "1", "--model", Self.model[1]],
                in: scratch.path
            ).lines
        }
        let first = "paintings/a-red-apple-plot.png"
        #expect(try plot("steps=1,2") == [first])
        let bytes = try scratch.read(first)
        #expect(try plot("steps=1,2,3") == ["paintings/a-red-apple-plot-2.png"])
        #expect(try plot("steps=1,2") == [first])
        #expect(try plot("steps=1,2,3") == ["paintings/a-red-apple-plot-2.png"])
        #expect(try scratch.read(first) == bytes)
        // The model by its name, not by the path that was typed.
        let provenance = try Picture.texts(encoded: bytes, name: first).map(\.text).joined()
        #expect(provenance.contains("Pinxit (tiny-pinxit)"), "\(provenance)")
        #expect(!provenance.contains(Self.model[1]))
    }
}
