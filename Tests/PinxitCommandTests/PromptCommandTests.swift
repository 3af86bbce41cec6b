import Foundation
import Pinxit
import PinxitCheckpoints
import PinxitImages
import PinxitTensors
import PinxitTestSupport
import Testing

/// Words through the program: what is told of them, and what reaches the picture.
@Suite struct PromptCommandTests {
    private static let model = ["--model", Fixture.path("tiny-sd1")]

    @Test("A prompt is told: tokens, weights, chunks, steps")
    func told() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["prompt", "a (red:1.3) [apple|blue] <lora:ink:0.5>", "--steps", "4"] + Self.model,
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(
            outcome.lines == [
                "tiny-sd1 reads it as: emphasis a1111, long prompts cut",
                "LoRA ink, weight 0.5",
                "steps 1, 3: \"a (red:1.3) apple\"",
                "chunk 1 of 1: 3 of 10 tokens",
                "     320  a</w>",
                "     513  red</w>  x1.3",
                "     517  apple</w>",
                "steps 2, 4: \"a (red:1.3) blue\"",
                "chunk 1 of 1: 3 of 10 tokens",
                "     320  a</w>",
                "     513  red</w>  x1.3",
                "     520  blue</w>",
            ], "\(outcome.output)")
    }

    @Test("A learnt word is told as one of its own, with an id a vector")
    func learntWord() throws {
        let scratch = try Scratch()
        func run(_ features: Int) throws -> Program.Outcome {
            let file = "\(scratch.path)/ink.safetensors"
            try Checkpoint.save(["emb_params": .ones([2, features])], to: file)
            return try Program.run(
                ["prompt", "a ink", "--embedding", "ink.safetensors:<ink>", "--embedding", file]
                    + Self.model, in: scratch.path)
        }
        let outcome = try run(16)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let first = try #require(outcome.lines.firstIndex { $0.hasSuffix("  ink") })
        #expect(outcome.lines[1] == "chunk 1 of 1: 3 of 10 tokens", "\(outcome.output)")
        #expect(first == 3 && outcome.lines.count == 5, "\(outcome.output)")
        let other = try run(768)
        #expect(other.status == 65 && other.errors.contains("no text encoder of the model takes"))
    }

    @Test func toldAsJSON() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["prompt", "a " + String(repeating: "red ", count: 12), "--emphasis", "none", "--json"]
                + Self.model, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let json = try #require(
            JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [String: Any])
        #expect(json["emphasis"] as? String == "none" && json["unlearnt"] is NSNull)
        let text = try #require((json["texts"] as? [[String: Any]])?.first)
        let encoding = try #require((text["encodings"] as? [[String: Any]])?.first)
        #expect(encoding["left_out"] as? String == "red red red")
    }

    @Test("Options of words reach the picture and what it carries")
    func options() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            [
                "a (red:1.5) apple", "--emphasis", "comfy", "--clip-skip", "1", "--long-prompts",
                "cut", "--steps", "2", "--seed", "3", "-o", "x.png", "--quiet",
            ] + Self.model, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let carried = try CarriedSettings(file: "\(scratch.path)/x.png").request
        #expect(
            carried.diffusion.text
                == TextOptions(emphasis: .comfy, longPrompts: .cut, clipSkip: 1))
        let again = try Program.run(
            ["--from", "x.png", "-o", "y.png", "--quiet"] + Self.model, in: scratch.path)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try scratch.read("x.png") == scratch.read("y.png"))
        let wrong = try Program.run(["a", "--emphasis", "loud"] + Self.model, in: scratch.path)
        #expect(wrong.status == 64 && wrong.errors.contains("a1111"), "\(wrong.errors)")
    }

    @Test("The seed's choices are painted, and what was typed stands beside them")
    func wildcards() throws {
        let scratch = try Scratch()
        try scratch.write(Data("red\nblue\n".utf8), to: "colour.txt")
        try scratch.write(Data("name,prompt\nbig,\"a big {prompt}\"\n".utf8), to: "styles.csv")
        let typed = "__colour__ {apple|on}"
        let outcome = try Program.run(
            [
                typed, "--wildcards", ".", "--style", "big", "--seed", "5", "-c", "3", "--steps",
                "1", "-o", "{seed}.png", "--quiet", "--grid",
            ] + Self.model, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == ["5.png", "6.png", "7.png", "7-grid.png"])
        let (one, sheet) = (
            try Picture(file: "\(scratch.path)/5.png"),
            try Picture(file: "\(scratch.path)/7-grid.png")
        )
        #expect(sheet.width > 2 * one.width && sheet.height > 2 * one.height)
        for seed in 5...7 {
            let carried = try CarriedSettings(file: "\(scratch.path)/\(seed).png").request
            let expected = try Wildcards(folder: scratch.path)
                .resolved("a big \(typed)", seed: UInt32(seed))
            #expect(carried.prompt == expected && carried.originalPrompt == typed)
        }
        let again = try Program.run(
            ["--from", "6.png", "-o", "again.png", "--quiet"] + Self.model, in: scratch.path)
        #expect(again.status == 0, "\(again.errors)")
        #expect(try scratch.read("6.png") == scratch.read("again.png"))
        let plain = try Program.run(
            [typed, "--steps", "1", "-o", "plain.png"] + Self.model, in: scratch.path)
        #expect(plain.status == 0 && plain.errors.contains("note: __colour__ is read as words"))
        let missing = try Program.run(
            ["__none__", "--wildcards", "."] + Self.model, in: scratch.path)
        #expect(missing.status == 66, "\(missing.status)")
        #expect(missing.complaints.count == 1 && missing.errors.contains("none.txt"))
    }
}
