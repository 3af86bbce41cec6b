import Foundation
import Pinxit
import PinxitCheckpoints
import PinxitImages
import PinxitSamplers
import PinxitTensors
import PinxitTestSupport
import Testing

@Suite struct PaintCommandTests {
    static let model = ["--model", Fixture.path("tiny-pinxit")]
    static let usual =
        model + ["--steps", "10", "--cfg-scale", "5", "--seed", "42", "--precision", "f32"]

    @Test func paintsAndPrintsThePathOnly() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a red apple", "--sampler", "euler"] + Self.usual, in: scratch.path)
        #expect(outcome.status == 0)
        #expect(outcome.errors == "")
        #expect(outcome.lines == scratch.files)
        let name = try #require(scratch.files.first)
        #expect(name.hasPrefix("paintings/") && name.hasSuffix("-a-red-apple-42.png"))
        let picture = try Picture(file: "\(scratch.path)/\(name)").rgb()
        let fixture = try Fixture("tiny-pinxit/expected.safetensors")["picture/euler"]
        let levels = UnsafeRawBufferPointer(start: fixture.pointer, count: fixture.byteCount)
        #expect(levels.count == picture.pixels.count)
        #expect(zip(levels, picture.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    }

    @Test func settingsAreInThePicture() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["paint", "红苹果, big", "-n", "blur", "-o", "a.png"] + Self.usual, in: scratch.path)
        #expect(outcome.lines == ["a.png"])
        let texts = try PNG.texts(in: try scratch.read("a.png"))
        let info = Infotext(parsing: try #require(texts.first { $0.key == "parameters" }).text)
        #expect(info.prompt == "红苹果, big")
        #expect(info.negativePrompt == "blur")
        #expect(info["Steps"] == "10" && info["Seed"] == "42" && info["Size"] == "32x32")
        let json = try #require(texts.first { $0.key == "pinxit" }).text
        let request = try JSONDecoder().decode(PaintRequest.self, from: Data(json.utf8))
        #expect(request.prompt == "红苹果, big" && request.seed == 42 && request.width == 32)
        #expect(request.diffusion.sampler == .dpmpp2M && request.guidanceScale == 5)
    }

    @Test func theSameSeedGivesTheSameBytes() throws {
        let scratch = try Scratch()
        for name in ["a.png", "b.png"] {
            _ = try Program.run(["a cat", "-o", name] + Self.usual, in: scratch.path)
        }
        #expect(try scratch.read("a.png") == scratch.read("b.png"))
        _ = try Program.run(
            ["a cat", "-o", "c.png"] + Self.model + ["--seed", "43"], in: scratch.path)
        #expect(try scratch.read("a.png") != scratch.read("c.png"))
    }

    @Test func previewsLieBesideThePicture() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a cat", "--previews", "4", "-o", "a.png"] + Self.usual, in: scratch.path)
        #expect(outcome.lines == ["a.png"])
        #expect(scratch.files.sorted() == ["a-step4.png", "a-step8.png", "a.png"])
    }

    @Test func manyPicturesAGridAndJSON() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a cat", "--count", "3", "--grid", "--json", "-o", "out/{index}-{seed}.png"]
                + Self.usual,
            in: scratch.path)
        #expect(outcome.status == 0)
        #expect(
            scratch.files == ["out/1-42-grid.png", "out/1-42.png", "out/2-43.png", "out/3-44.png"])
        struct Report: Decodable {
            let request: PaintRequest
            let paths: [String]
            let seeds: [UInt32]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.seeds == [42, 43, 44])
        #expect(report.paths.sorted() == scratch.files)
        #expect(report.request.diffusion.steps == 10)
    }

    @Test func onlyANameTakenAtItsWordIsReplaced() throws {
        let scratch = try Scratch()
        let arguments = ["a cat", "--steps", "1", "--seed", "1"] + Self.model
        for _ in 0..<2 { _ = try Program.run(arguments + ["-o", "{seed}.png"], in: scratch.path) }
        #expect(scratch.files == ["1-2.png", "1.png"])
        try scratch.write(Data(), to: "x.png")
        _ = try Program.run(arguments + ["-o", "x.png"], in: scratch.path)
        #expect(try !scratch.read("x.png").isEmpty)
        #expect(scratch.files == ["1-2.png", "1.png", "x.png"])
    }

    @Test func stagesCanBeDumped() async throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["a red apple", "-o", "a.png", "--dump-latents", "a.safetensors"] + Self.usual,
            in: scratch.path)
        #expect(outcome.status == 0)
        let path = "\(scratch.path)/a.safetensors"
        let differences = try await Engine.run {
            let dumped = try Checkpoint.load(path)
            let fixture = try Fixture("tiny-pinxit/expected.safetensors")
            #expect(dumped.keys.sorted() == ["image", "latents", "noise"])
            return (
                largestDifference(dumped["noise"]!, fixture["noise"]),
                largestDifference(dumped["latents"]!, fixture["latents/dpmpp_2m"]),
                largestDifference(
                    dumped["image"]!.affine(0.5, 0.5).clamped(0, 1), fixture["image/dpmpp_2m"])
            )
        }
        #expect(differences.0 <= 2e-6)
        #expect(differences.1 <= 2e-4)
        #expect(differences.2 <= 2e-4)
    }

    @Test func timesAndMemoryWhenAskedFor() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["a cat", "--verbose"] + Self.usual, in: scratch.path)
        #expect(outcome.errors.contains("peak memory"))
        #expect(outcome.lines.count == 1)
    }

    @Test func interruptingKeepsWhatIsFinished() throws {
        let scratch = try Scratch()
        let arguments = ["a cat", "--steps", "2", "--seed", "1", "--count", "10000"] + Self.model
        let outcome = try Program.run(arguments, in: scratch.path) { process in
            while scratch.files.allSatisfy({ !$0.hasSuffix(".png") }) && process.isRunning {
                usleep(1000)
            }
            process.interrupt()
        }
        #expect(outcome.status == 130)
        #expect(outcome.complaints == ["stopped"])
        #expect(!scratch.files.isEmpty)
        #expect(scratch.files.allSatisfy { $0.hasSuffix(".png") })
        #expect(outcome.lines.sorted() == scratch.files)
    }

    @Test func interruptingTellsWhatIsFinishedInJSON() throws {
        let scratch = try Scratch()
        let arguments = ["a cat", "--steps", "2", "--seed", "1", "--count", "10000", "--json"]
        let outcome = try Program.run(arguments + Self.model, in: scratch.path) { process in
            while scratch.files.allSatisfy({ !$0.hasSuffix(".png") }) && process.isRunning {
                usleep(1000)
            }
            process.interrupt()
        }
        #expect(outcome.status == 130)
        struct Report: Decodable {
            let paths: [String]
            let stopped: Bool
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.stopped && report.paths.sorted() == scratch.files)
    }
}

/// The command line is made from the declarations of the request's options.
@Suite struct DeclaredOptionsTests {
    @Test("Every option that a request has is on the command line, with its own help")
    func everyOptionIsThere() throws {
        let scratch = try Scratch()
        func help(_ command: String) throws -> String {
            try Program.run([command, "--help"], in: scratch.path).output
                .split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        let (painting, editing) = (try help("paint"), try help("edit"))
        for option in RequestOptions.all where !["width", "height"].contains(option.flag) {
            // Only of a picture that is there.
            let words = option.flag == "resize" ? editing : painting
            #expect(words.contains("--\(option.flag) "), "--\(option.flag)")
            #expect(words.contains(option.help), "\(option.help)")
        }
        #expect(painting.contains("--size"))
    }

    @Test("A letter means the same in every command")
    func lettersMeanOneThing() throws {
        let scratch = try Scratch()
        for command in ["paint", "vary", "blend", "compare", "evaluate"] {
            let help = try Program.run([command, "--help"], in: scratch.path).output
            for line in help.split(separator: "\n") {
                if line.contains("-n,") { #expect(line.contains("--negative-prompt"), "\(line)") }
                if line.contains("-c,") { #expect(line.contains("--count"), "\(line)") }
            }
        }
    }
}
