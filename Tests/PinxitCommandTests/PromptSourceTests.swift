import Foundation
import Pinxit
import PinxitImages
import PinxitTestSupport
import Testing

/// Prompts come from arguments, lines and pictures.
@Suite struct PromptSourceTests {
    static let quick = ["--model", Fixture.path("tiny-pinxit"), "--steps", "2", "--quiet"]

    private func prompt(_ scratch: Scratch, _ file: String) throws -> String {
        try CarriedSettings(file: "\(scratch.path)/\(file)").request.prompt
    }

    @Test("Each line of standard input or of a file is a prompt")
    func lines() throws {
        let scratch = try Scratch()
        let lines = "\u{FEFF}a red apple\r\n\n  -两只猫- \n"
        try scratch.write(Data(lines.utf8), to: "prompts.txt")
        for (number, arguments) in [["-"], ["--prompts-file", "prompts.txt"]].enumerated() {
            let outcome = try Program.run(
                arguments + ["--seed", "5", "-o", "\(number)-{slug}.png"] + Self.quick,
                in: scratch.path, input: lines)
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(outcome.lines == ["\(number)-a-red-apple.png", "\(number)-两只猫.png"])
            #expect(try prompt(scratch, "\(number)-两只猫.png") == "-两只猫-")
        }
        let one = try Program.run(
            ["a red apple", "--seed", "5", "-o", "alone.png"] + Self.quick, in: scratch.path)
        #expect(one.status == 0)
        #expect(try scratch.read("alone.png") == scratch.read("0-a-red-apple.png"))
        // A name that is taken at its word is not used twice.
        let same = try Program.run(
            ["-", "-o", "x.png"] + Self.quick, in: scratch.path, input: lines)
        #expect(same.lines == ["x.png", "x-2.png"])
    }

    @Test(
        "What holds no prompts is said",
        arguments: [("", "holds no prompt"), (" \n\n", "holds no prompt")])
    func noLines(input: String, words: String) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["-"] + Self.quick, in: scratch.path, input: input)
        #expect(outcome.status == 65)
        #expect(outcome.complaints.count == 1 && outcome.errors.contains(words))
        let missing = try Program.run(
            ["--prompts-file", "none.txt"] + Self.quick, in: scratch.path)
        #expect(missing.status == 66 && missing.errors.contains("none.txt"))
    }

    @Test("A picture is painted again by its own settings, or with others in their place")
    func again() throws {
        let scratch = try Scratch()
        func paint(_ arguments: [String]) throws -> Program.Outcome {
            try Program.run(
                arguments + ["--quiet", "--model", Fixture.path("tiny-pinxit")], in: scratch.path)
        }
        let first = try paint(
            [
                "a red apple", "-n", "dark", "--steps", "3", "--sampler", "euler", "--seed", "7",
                "-c", "2", "-o", "{index}.png", "--size", "48x32",
            ])
        #expect(first.lines == ["1.png", "2.png"])
        #expect(try paint(["--from", "2.png", "-o", "again.png"]).status == 0)
        #expect(try scratch.read("again.png") == scratch.read("2.png"))
        #expect(try paint(["a cat", "--from", "2.png", "--steps", "4", "-o", "b.png"]).status == 0)
        let other = try CarriedSettings(file: "\(scratch.path)/b.png").request
        #expect(other.prompt == "a cat" && other.negativePrompt == "dark" && other.seed == 8)
        #expect(other.diffusion.steps == 4 && other.diffusion.sampler == .euler)
        #expect(other.width == 48)
    }

    @Test("Settings of other programs are read, and pictures without any are refused")
    func foreign() throws {
        let scratch = try Scratch()
        let picture = Picture(width: 8, height: 8, color: [1, 2, 3])
        let text = "a cat\nNegative prompt: dark\nSteps: 3, Sampler: Euler, CFG scale: 4, Seed: 9"
        try picture.write(
            to: "\(scratch.path)/foreign.png", texts: [PNGText(key: "parameters", text: text)])
        let settings = try CarriedSettings(file: "\(scratch.path)/foreign.png")
        #expect(settings.model == nil && settings.request.prompt == "a cat")
        #expect(settings.request.negativePrompt == "dark" && settings.request.seed == 9)
        #expect(settings.request.diffusion.steps == 3 && settings.request.guidanceScale == 4)
        #expect(settings.request.diffusion.sampler == .euler)
        try picture.write(to: "\(scratch.path)/plain.png")
        let refused = try Program.run(["--from", "plain.png"] + Self.quick, in: scratch.path)
        #expect(refused.status == 65)
        #expect(refused.complaints.count == 1 && refused.errors.contains("plain.png"))
    }

    @Test("A picture goes to standard output, and nothing else does")
    func piped() throws {
        let scratch = try Scratch()
        let same = ["a cat", "--seed", "5"] + Self.quick
        try scratch.write(Data(), to: "piped.png")
        let out = try #require(FileHandle(forWritingAtPath: "\(scratch.path)/piped.png"))
        let outcome = try Program.run(same + ["-o", "-"], in: scratch.path, output: out)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Program.run(same + ["-o", "file.png"], in: scratch.path).status == 0)
        #expect(try scratch.read("piped.png") == scratch.read("file.png"))
        #expect(scratch.files == ["file.png", "piped.png"])
        for arguments in [["-c", "2"], ["--json"], ["--grid"]] {
            let refused = try Program.run(same + ["-o", "-"] + arguments, in: scratch.path)
            #expect(refused.status == 64 && refused.output.isEmpty, "\(arguments)")
        }
    }

    @Test("Progress is an object a line for other programs")
    func progress() throws {
        let scratch = try Scratch()
        struct Event: Decodable {
            let event: String
            let step, steps, picture: Int?
            let path, text: String?
        }
        let outcome = try Program.run(
            [
                "a cat", "-c", "2", "--progress", "json", "-o", "{index}.png", "--size", "64x64",
                "--steps", "2", "--model", Fixture.path("tiny-pinxit"),
            ], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let events = try outcome.complaints.map {
            try JSONDecoder().decode(Event.self, from: Data($0.utf8))
        }
        #expect(
            events.map(\.event) == [
                "loaded", "started", "warning", "step", "step", "written", "step", "step",
                "written", "finished",
            ])
        #expect(events[2].text?.contains("trained at 32x32") == true)
        #expect(events[4].step == 2 && events[4].steps == 2 && events[7].picture == 2)
        #expect(events[8].path == "2.png" && outcome.lines == ["1.png", "2.png"])
    }
}
