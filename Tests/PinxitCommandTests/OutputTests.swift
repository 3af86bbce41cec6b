import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// Where pictures go, and what happens when they cannot.
@Suite struct OutputTests {
    private let model = Fixture.path("tiny-pinxit")

    private func paint(_ arguments: [String], in folder: String) throws -> Program.Outcome {
        try Program.run(
            ["a cat", "--model", model, "--steps", "1", "--seed", "1", "-q"] + arguments,
            in: folder)
    }

    private func expectError(
        _ outcome: Program.Outcome, _ status: Int32, _ hint: String,
        _ place: SourceLocation = #_sourceLocation
    ) {
        #expect(outcome.status == status, "\(outcome.errors)", sourceLocation: place)
        #expect(
            outcome.complaints.count == 1 && outcome.errors.contains(hint), "\(outcome.errors)",
            sourceLocation: place)
        #expect(outcome.output == "", sourceLocation: place)
    }

    /// A shell script that runs the program as `$PINXIT`.
    private func shell(_ script: String, in folder: String) throws -> Program.Outcome {
        try Program.run(
            ["-c", script, Program.path], in: folder, executable: "/bin/bash")
    }

    @Test func paintingsAtOnceLoseNoPicture() throws {
        let scratch = try Scratch()
        let outcome = try shell(
            """
            for i in 1 2 3 4 5 6; do
                "$0" 'a cat' --model '\(model)' --steps 1 --seed $i -q -o 'a-{slug}.png' &
            done
            wait
            """, in: scratch.path)
        #expect(outcome.errors == "")
        #expect(Set(outcome.lines).count == 6)
        #expect(Set(outcome.lines) == Set(scratch.files))
        #expect(scratch.files.contains("a-a-cat.png") && scratch.files.contains("a-a-cat-6.png"))
        let pictures = try scratch.files.map { try scratch.read($0) }
        #expect(Set(pictures).count == 6)
    }

    @Test("Only the name itself replaces a file; numbers, sheets and previews do not")
    func namesMadeOfTheGivenOneReplaceNothing() throws {
        let scratch = try Scratch()
        let old = ["o.png", "o-2.png", "o-grid.png", "o-step1.png"]
        for name in old { try scratch.write(Data("old".utf8), to: name) }
        let outcome = try paint(
            [
                "-o", "o.png", "-c", "2", "--grid", "--previews", "1", "--sampler", "ddim",
                "--steps", "2",
            ], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == ["o.png", "o-3.png", "o-grid-2.png"])
        #expect(try Picture(file: "\(scratch.path)/o.png").width == 32)
        for name in old.dropFirst() {
            #expect(try scratch.read(name) == Data("old".utf8), "\(name)")
        }
        #expect(
            Set(scratch.files) == Set(old + outcome.lines + ["o-step1-2.png", "o-step1-3.png"]))
    }

    @Test func latentsDoNotTakeThePicturesPlace() throws {
        let scratch = try Scratch()
        let outcome = try paint(["-o", "o.png", "--dump-latents", "./o.png"], in: scratch.path)
        expectError(outcome, 64, "--dump-latents")
        #expect(scratch.files.isEmpty)
    }

    @Test func devicesAreWrittenToAndNeverReplaced() throws {
        let scratch = try Scratch()
        let outcome = try paint(
            ["-o", "/dev/null", "--dump-latents", "/dev/null"], in: scratch.path)
        #expect(outcome.status == 0 && outcome.output == "/dev/null\n", "\(outcome.errors)")
        var status = stat()
        #expect(stat("/dev/null", &status) == 0 && status.st_mode & S_IFMT == S_IFCHR)
        let piped = try shell(
            "\"$0\" 'a cat' --model '\(model)' --steps 1 --seed 1 -q -o /dev/stdout | cat > b.png",
            in: scratch.path)
        #expect(piped.status == 0 && piped.output == "", "\(piped.errors)")
        _ = try paint(["-o", "a.png"], in: scratch.path)
        #expect(try scratch.read("b.png") == scratch.read("a.png"))
        #expect(scratch.files == ["a.png", "b.png"])
    }

    @Test func linksAreFollowed() throws {
        let scratch = try Scratch()
        try scratch.write(Data([1]), to: "a.png")
        #expect(symlink("a.png", scratch.path + "/link.png") == 0)
        #expect(try paint(["-o", "link.png"], in: scratch.path).status == 0)
        var status = stat()
        #expect(lstat(scratch.path + "/link.png", &status) == 0)
        #expect(status.st_mode & S_IFMT == S_IFLNK)
        #expect(try Picture(file: scratch.path + "/a.png").width == 32)
    }

    @Test func whatCannotBeWrittenIsSaidBeforePainting() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(
            atPath: scratch.path + "/d.png", withIntermediateDirectories: false)
        // Painting would stop at the missing model: 73 shows that it was not tried.
        func refused(_ arguments: [String], _ hint: String) throws {
            let outcome = try Program.run(
                ["a cat", "--model", "nowhere"] + arguments, in: scratch.path)
            expectError(outcome, 73, hint)
        }
        try refused(["-o", "d.png"], "d.png: is a folder")
        try refused(["--dump-latents", "d.png"], "d.png: is a folder")
        try refused(["--dump-latents", "/dev/null/x"], "/dev/null is not a folder")
        let long = String(repeating: "z", count: 300)
        try refused(["-o", "\(long).png"], "304 bytes; at most 255")
        try refused(["-o", "\(long)/a.png"], "300 bytes; at most 255")
        #expect(scratch.files == [])
    }

    @Test func longNamesAndPromptsOfAnyScriptFit() throws {
        let scratch = try Scratch()
        let name = String(repeating: "z", count: 251) + ".png"
        #expect(try paint(["-o", name], in: scratch.path).status == 0)
        let hindi = String(repeating: "एक सुंदर लाल सेब ", count: 30)
        let marks = "e" + String(repeating: "\u{301}\u{323}", count: 500)
        for prompt in [hindi, marks] {
            let outcome = try Program.run(
                [prompt, "--model", model, "--steps", "1", "-q"], in: scratch.path)
            #expect(outcome.status == 0 && outcome.lines.count == 1, "\(outcome.errors)")
        }
        #expect(scratch.files.count == 3 && scratch.files.contains(name))
    }

    @Test(arguments: [
        ["a cat", "--steps", "1", "-q"], ["--help"], ["paint", "--help"], ["--version"],
        ["a cat", "--steps", "1", "-q", "--json"],
    ]) func aFullStandardOutputIsAnError(arguments: [String]) throws {
        let scratch = try Scratch()
        let words = arguments.map { "'\($0)'" }.joined(separator: " ")
        let outcome = try shell(
            "PINXIT_MODEL='\(model)' \"$0\" \(words) > /dev/full", in: scratch.path)
        expectError(outcome, 73, "standard output cannot be written: No space left on device")
    }

    /// As on a full disk, painting and training alike.
    @Test(arguments: [
        "'a cat' --model '$MODEL' --steps 1 -q -o a.png",
        "'a cat' --model '$MODEL' --steps 1 -q -o a.webp --dump-latents b.safetensors",
        "train tokenizer --config tokenizer.json --dataset toys --model model --quiet",
    ]) func whatCannotBeWrittenWholeIsTheSameError(command: String) throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        try scratch.write(
            Data(#"{"vocabulary_size": 600, "captions": 500}"#.utf8), to: "tokenizer.json")
        let before = scratch.files
        let words = command.replacing("$MODEL", with: model)
        let outcome = try shell("ulimit -f 1; \"$0\" \(words)", in: scratch.path)
        #expect(outcome.status == 73, "\(outcome.errors)")
        #expect(outcome.errors.contains("cannot be written: File too large"), "\(outcome.errors)")
        #expect(scratch.files.filter { !before.contains($0) && $0.hasSuffix(".partial") } == [])
    }

    /// Comparing such texts once took a time that grew with its square: 22 s.
    @Test func manyCombiningMarksTakeNoTime() throws {
        let scratch = try Scratch()
        let marks = "e" + String(repeating: "\u{301}\u{323}", count: 30_000)
        try scratch.write(Data(marks.utf8), to: "marks.txt")
        let start = ContinuousClock.now
        // Standard error gets all that does not fit the text encoder.
        let outcome = try shell(
            "\"$0\" \"$(cat marks.txt)\" --model '\(model)' --steps 1 -q 2>/dev/null",
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(ContinuousClock.now - start < .seconds(10))
    }

    @Test(arguments: [".jpg", ".webp"]) func settingsAreKeptInEveryFormat(end: String) throws {
        let scratch = try Scratch()
        #expect(try paint(["-o", "a\(end)"], in: scratch.path).status == 0)
        #expect(try paint(["-o", "a.png"], in: scratch.path).status == 0)
        let texts = try Picture.texts(encoded: scratch.read("a\(end)"), name: end)
        #expect(texts == (try PNG.texts(in: scratch.read("a.png"))))
        #expect(texts.map(\.key) == ["parameters", "pinxit", XMP.pngKey])
    }
}
