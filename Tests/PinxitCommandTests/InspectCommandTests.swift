import Foundation
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

/// What pictures say of themselves.
@Suite struct InspectCommandTests {
    private let picture = Picture(width: 8, height: 6, color: [1, 2, 3])

    @Test(
        "A picture of another program is told, painted again and varied, with what is not honoured")
    func foreign() throws {
        let scratch = try Scratch()
        let text =
            "a cat <lora:none:0.5>\nNegative prompt: dark\nSteps: 3, Sampler: DPM++ 2M, "
            + "Schedule type: Karras, CFG scale: 4, Seed: 9, Size: 32x32, Model hash: 6ce0161689, "
            + "Model: v1-5, RNG: CPU, ControlNet 0: canny, Version: v1.9.4"
        for format in ["png", "jpg", "webp"] {
            try picture.write(
                to: "\(scratch.path)/a.\(format)", texts: [PNGText(key: "parameters", text: text)])
        }
        let told = try Program.run(["inspect", "a.jpg"], in: scratch.path)
        #expect(told.status == 0 && told.lines[0] == "a.jpg: JPEG, 8x6", "\(told.errors)")
        for words in [
            "AUTOMATIC1111's web UI (v1.9.4)", "dpmpp_2m", "karras",
            "v1-5.safetensors (SHA-256 6ce0161689…) is needed", "ControlNet 0 canny",
        ] { #expect(told.output.contains(words), "\(words)") }
        let all = try Program.run(
            ["inspect", "--json", "a.png", "a.jpg", "a.webp"], in: scratch.path)
        let objects = try all.lines.map { try JSONValue(parsing: $0) }
        #expect(objects.count == 3)
        for object in objects {
            guard case .object? = object["request"],
                case .array(let notes)? = object["not_honoured"]
            else {
                Issue.record("\(object)")
                continue
            }
            #expect(notes.count == 2)
        }
        let again = try Program.run(
            [
                "--from", "a.webp", "--steps", "2", "-o", "b.png", "--model",
                Fixture.path("tiny-pinxit"), "--json", "--quiet",
            ], in: scratch.path)
        #expect(again.status == 0, "\(again.errors)")
        #expect(again.output.contains("none.safetensors is needed"))
        let request = try CarriedSettings(file: "\(scratch.path)/b.png").request
        #expect(request.prompt == "a cat" && request.seed == 9 && request.diffusion.steps == 2)
        // A flow has noise levels of its own.
        #expect(request.diffusion.schedule == nil && request.diffusion.sampler == .dpmpp2M)
        #expect(again.output.contains("schedule karras is passed over"))
    }

    @Test("Signed pictures say so, before and behind the sentence, and what does not go is a line")
    func signed() throws {
        let scratch = try Scratch()
        let quick = ["--seed", "5", "--steps", "1", "--quiet"] + BatchCommandTests.model
        let files = ["cert.pem", "key.pem"].map { Fixture.path("c2pa") + "/\($0)" }
        let asked: [(String, [String])] = [
            ("a.png", ["--c2pa"] + files + ["a cat"]), ("a.webp", ["a cat", "--c2pa"] + files),
        ]
        for (name, line) in asked {
            let run = try Program.run(line + quick + ["-o", name], in: scratch.path)
            #expect(run.status == 0 && run.complaints.isEmpty, "\(run.errors)")
            let told = try Program.run(["inspect", name], in: scratch.path).output
            #expect(told.contains("not checked"))
            #expect(told.contains("c2pa.created: trainedAlgorithmicMedia (Pinxit "))
            #expect(try CarriedSettings(file: "\(scratch.path)/\(name)").request.prompt == "a cat")
        }
        let json = try Program.run(["inspect", "--json", "a.png"], in: scratch.path).output
        guard case .bool(false)? = try JSONValue(parsing: json)["c2pa"]?["checked"] else {
            Issue.record("c2pa is told unchecked, not \(json)")
            return
        }
        let refused: [([String], Int32)] = [
            (["--c2pa"] + files + ["--no-metadata"], 64), (["--c2pa", files[0]], 64),
            (["--c2pa", files[0], "none.pem"], 66), (["--c2pa", files[1], files[0]], 65),
        ]
        for (line, status) in refused {
            let run = try Program.run(["a cat"] + line + quick, in: scratch.path)
            #expect(run.status == status && run.complaints.count == 1, "\(run.errors)")
        }
    }

    @Test("Pictures say where they are from, and nothing with --no-metadata")
    func provenance() throws {
        let scratch = try Scratch()
        let quick = ["a cat", "--seed", "5", "--steps", "1"] + BatchCommandTests.model
        let three = try ["a.png", "a.jpg", "a.webp"].map { name in
            try Program.run(quick + ["--label", "zh", "-o", name], in: scratch.path).status
        }
        #expect(three == [0, 0, 0])
        for name in ["a.png", "a.jpg", "a.webp"] {
            let provenance = try PictureInspection(file: "\(scratch.path)/\(name)").provenance
            #expect(provenance?.sourceType == "trainedAlgorithmicMedia")
            #expect(provenance?.system == "Pinxit (tiny-pinxit)")
            #expect(
                provenance?.aigc?.hasPrefix(#"{"Label":"1","ContentProducer":"Pinxit""#) == true)
        }
        #expect(
            try Program.run(quick + ["--no-metadata", "-o", "b.png"], in: scratch.path).status == 0)
        #expect(try Picture.texts(encoded: scratch.read("b.png"), name: "b.png") == [])
        #expect(
            try Program.run(["inspect", "b.png"], in: scratch.path).output.contains("carries none"))
        let both = try Program.run(quick + ["--no-metadata", "--label", "zh"], in: scratch.path)
        #expect(both.status == 64 && both.complaints.count == 1)
    }

    @Test("What is no picture, or holds a bomb, is one line")
    func hostile() throws {
        let scratch = try Scratch()
        try scratch.write(Data("no picture".utf8), to: "a.png")
        for (file, status) in [("a.png", Int32(65)), ("none.png", 66)] {
            let outcome = try Program.run(["inspect", file], in: scratch.path)
            #expect(outcome.status == status && outcome.complaints.count == 1)
        }
        // What would turn a terminal's colours or direction is not printed.
        try picture.write(
            to: "\(scratch.path)/b.png",
            texts: [
                PNGText(
                    key: "parameters",
                    text: "a \u{1B}[31mred\u{202E} cat\nSteps: 2, Seed: 1, CFG scale: 3")
            ])
        let outcome = try Program.run(["inspect", "b.png"], in: scratch.path)
        #expect(outcome.output.contains("a [31mred cat"))
        // Nor where a name of a member would.
        let settings = #"{"request":{"prompt":"a"},"model":"m","source":{"\u001b[31mkind":"x"}}"#
        try picture.write(
            to: "\(scratch.path)/c.png",
            texts: [
                PNGText(key: "pinxit", text: settings), PNGText(key: "k\u{1B}[2J", text: "v"),
            ])
        let named = try Program.run(["inspect", "c.png", "--texts"], in: scratch.path)
        #expect(named.status == 0 && !named.output.contains("\u{1B}"), "\(named.errors)")
    }
}
