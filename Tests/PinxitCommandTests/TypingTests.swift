import Foundation
import Pinxit
import PinxitImages
import PinxitTestSupport
import Testing

/// What is mistyped is asked about in one line, and what is plainly meant is painted.
@Suite struct TypingTests {
    static let model = ["--model", Fixture.path("tiny-pinxit"), "--steps", "1", "--quiet"]

    struct Question: Sendable, CustomTestStringConvertible {
        let line: [String]
        /// What the one line must say.
        let says: [String]
        var testDescription: String { line.joined(separator: " ") }
    }

    @Test(
        "What is close to an option or a command is asked about, and nothing is painted",
        arguments: [
            Question(
                line: ["a cat", "--stepps", "3"], says: ["unknown option --stepps", "--steps"]),
            Question(line: ["a", "cat", "--stepps", "3"], says: ["--stepps", "--steps meant?"]),
            Question(
                line: ["a cat", "--negative_prompt", "x"], says: ["--negative-prompt meant?"]),
            Question(line: ["a cat", "--colour", "red"], says: ["--colour", "paint --help"]),
            Question(line: ["modles"], says: ["modles is no command", "pinxit models meant?"]),
            Question(line: ["list"], says: ["pinxit models meant?", "pinxit paint list"]),
            Question(line: ["evalute", "Models/x"], says: ["pinxit evaluate meant?"]),
            Question(
                line: ["trian", "clip", "--dataset", "data"], says: ["pinxit train meant?"]),
            Question(
                line: ["clip", "scroe", "a.png", "b"], says: ["pinxit clip", "score meant?"]),
            Question(
                line: ["bench", "everything"], says: ["everything", "pinxit bench", "model"]),
            Question(line: ["help", "trian"], says: ["trian is no command", "is train meant?"]),
            Question(line: ["help", "clip", "scroe"], says: ["pinxit clip", "score meant?"]),
            Question(line: ["a cat", "--steps", "x"], says: ["pinxit paint --help tells more"]),
            Question(
                line: ["models", "convert"], says: ["pinxit models convert --help tells more"]),
            Question(line: ["--steps 3", "a cat"], says: ["one argument, in quotes"]),
            Question(line: ["train"], says: ["train --help", "pinxit paint train"]),
            Question(line: ["a cat", "-n", "--steps", "3"], says: ["-n stands without a value"]),
            Question(line: ["a cat", "a dog"], says: ["in quotes"]),
            Question(line: ["cat.png", "dog.png"], says: ["in quotes"]),
            Question(line: ["a cat", "-i", "a.png"], says: ["pinxit edit a.png", "vary a.png"]),
            Question(line: ["a cat", "-p", "a dog"], says: ["--prompt and", "are given"]),
            Question(line: [], says: ["what shall it paint?"]),
            Question(
                line: ["a cat", "--size", "32x32", "-W", "32"], says: ["without --width"]),
        ])
    func questions(_ question: Question) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(question.line, in: scratch.path)
        #expect(outcome.status == 64)
        #expect(outcome.complaints.count == 1, "\(outcome.errors)")
        for words in question.says { #expect(outcome.errors.contains(words), "\(outcome.errors)") }
        #expect(scratch.files == [])
    }

    private func request(_ arguments: [String]) throws -> PaintRequest {
        let scratch = try Scratch()
        let outcome = try Program.run(["-o", "a.png"] + Self.model + arguments, in: scratch.path)
        try #require(outcome.status == 0, "\(outcome.errors)")
        let texts = try PNG.texts(in: try scratch.read("a.png"))
        return try PaintRequest(json: try #require(texts.first { $0.key == "pinxit" }).text)
    }

    @Test("Words without quotes are one sentence where nothing else can be meant")
    func bareWords() throws {
        #expect(try request(["a", "red", "apple,", "please"]).prompt == "a red apple, please")
        #expect(try request(["rain", "on", "a", "roof"]).prompt == "rain on a roof")
    }

    @Test("A word that is close to a command is painted where painting is asked for")
    func askedFor() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["paint", "list"] + Self.model, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try request(["--", "modles"]).prompt == "modles")
    }

    @Test("Prompts and negative prompts may begin with a dash")
    func dashes() throws {
        #expect(try request(["-a cat- by the sea"]).prompt == "-a cat- by the sea")
        #expect(try request(["--seed", "3", "--一只猫"]).prompt == "--一只猫")
        #expect(try request(["a cat", "-n", "-blurry"]).negativePrompt == "-blurry")
        #expect(try request(["-p", "-cat"]).prompt == "-cat")
        let both = try request(["- a cat", "--negative-prompt", "- dark, -5 degrees"])
        #expect(both.prompt == "- a cat" && both.negativePrompt == "- dark, -5 degrees")
    }

    @Test("The letters of stable-diffusion.cpp mean the same here")
    func lettersOfOthers() throws {
        let request = try request(["-p", "a cat", "-n", "dark", "-W", "32", "-H", "48", "-s", "9"])
        #expect(request.prompt == "a cat" && request.negativePrompt == "dark")
        #expect(request.width == 32 && request.height == 48 && request.seed == 9)
    }

    @Test(
        "A number below zero is a value, and refused by what is accepted",
        arguments: [
            (["--eta", "-1"], "eta: -1.0 is not from 0.0 to 1.0"), (["--steps", "-3"], "steps"),
            (["--size", "-8x8"], "--size -8x8"), (["-W", "-32"], "width"),
            (["--cfg-scale", "-.5"], "guidance scale"), (["-c", "-2"], "-2"),
            (["--lora", "nowhere:-1"], "nowhere:-1"),
        ] as [([String], String)])
    func negativeNumbers(arguments: [String], words: String) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["a cat"] + Self.model + arguments, in: scratch.path)
        #expect(outcome.status == (arguments[0] == "--lora" ? 66 : 64))
        #expect(outcome.complaints.count == 1 && outcome.errors.contains(words))
        #expect(!outcome.errors.contains("Missing value"), "\(outcome.errors)")
        #expect(scratch.files == [])
    }

    @Test("A seed of -1 is chance")
    func chance() throws {
        #expect(try request(["a cat", "--seed", "-1"]) != request(["a cat", "-s", "-1"]))
    }
}
