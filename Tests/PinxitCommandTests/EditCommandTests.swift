import Foundation
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import Testing

/// `pinxit edit`, as it is typed.
@Suite struct EditCommandTests {
    private static let model = ["--model", Fixture.path("tiny-sd1"), "--steps", "4", "-s", "1"]

    /// A scratch folder with a picture of 40x24, and a mask of its left half.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        var picture = Picture(width: 40, height: 24, color: [0, 0, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 5) }
        try picture.write(to: "\(scratch.path)/a.png")
        var mask = Picture(width: 40, height: 24, color: [0])
        for i in mask.pixels.indices where i % 40 < 20 { mask.pixels[i] = 255 }
        try mask.write(to: "\(scratch.path)/mask.png")
        return scratch
    }

    private func run(_ arguments: [String], in scratch: Scratch) throws -> Program.Outcome {
        try Program.run(
            ["edit", "a.png", "a red apple"] + Self.model + arguments, in: scratch.path)
    }

    @Test func changesAPicture() throws {
        let scratch = try scratch()
        let outcome = try run(["--strength", "0.5", "-o", "b.png"], in: scratch)
        #expect(outcome.lines == ["b.png"] && outcome.status == 0)
        let texts = try PNG.texts(in: try scratch.read("b.png"))
        let info = Infotext(parsing: try #require(texts.first { $0.key == "parameters" }).text)
        #expect(info["Denoising strength"] == "0.5")
    }

    @Test func wordsWithoutQuotesAreOneSentence() throws {
        let scratch = try scratch()
        let words = ["edit", "a.png", "a", "red", "apple"] + Self.model
        let outcome = try Program.run(
            words + ["--strength", "0.25", "-o", "b.png"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let texts = try PNG.texts(in: try scratch.read("b.png"))
        let info = Infotext(parsing: try #require(texts.first { $0.key == "parameters" }).text)
        #expect(info.prompt == "a red apple")
        let two = try Program.run(["edit", "a.png", "a red", "apple"], in: scratch.path)
        #expect(two.status == 64 && two.errors.contains("not 2: put it in quotes"))
    }

    @Test("Styles and wildcards are for pictures that are changed too")
    func wording() throws {
        let scratch = try scratch()
        try scratch.write(
            Data("name,prompt\nbig,\"a big drawing of {prompt}\"\n".utf8), to: "styles.csv")
        try scratch.write(Data("pear\n".utf8), to: "fruit.txt")
        let outcome = try Program.run(
            [
                "edit", "a.png", "a __fruit__", "--wildcards", ".", "--style", "big", "-c", "2",
                "--grid", "-o", "b-{seed}.png",
            ] + Self.model, in: scratch.path)
        #expect(outcome.lines == ["b-1.png", "b-2.png", "b-2-grid.png"], "\(outcome.errors)")
        let told = try Program.run(["inspect", "b-1.png"], in: scratch.path)
        #expect(told.lines.contains("prompt            a big drawing of a pear"), "\(told.output)")
    }

    @Test func whatTheMaskLeavesIsUntouched() throws {
        let scratch = try scratch()
        let outcome = try run(
            ["--mask", "mask.png", "--mask-blur", "0", "-o", "b.png"], in: scratch)
        #expect(outcome.lines == ["b.png"])
        let before = try Picture(file: "\(scratch.path)/a.png")
        let after = try Picture(file: "\(scratch.path)/b.png")
        #expect((after.width, after.height) == (40, 24))
        func half(_ x: Int) -> (Picture, Picture) {
            (
                before.cropped(x: x, y: 0, width: 20, height: 24),
                after.cropped(x: x, y: 0, width: 20, height: 24)
            )
        }
        #expect(half(20).0 == half(20).1)
        #expect(half(0).0 != half(0).1)
    }

    @Test("A picture of another shape is cut where that is asked for, and its mask with it")
    func cutsToTheShape() throws {
        let scratch = try scratch()
        let outcome = try run(
            [
                "--mask", "mask.png", "--mask-blur", "0", "--size", "24x24", "--resize", "crop",
                "-o", "b.png",
            ], in: scratch)
        #expect(outcome.lines == ["b.png"], "\(outcome.errors)")
        let before = try Picture(file: "\(scratch.path)/a.png")
        let after = try Picture(file: "\(scratch.path)/b.png")
        #expect((after.width, after.height) == (24, 24))
        #expect(
            before.cropped(x: 20, y: 0, width: 12, height: 24)
                == after.cropped(x: 12, y: 0, width: 12, height: 24))
        let refused = try run(["--resize", "squeeze"], in: scratch)
        #expect(refused.status == 64 && refused.errors.contains("stretch, crop, fill, latent"))
    }

    @Test func growsBeyondTheEdges() throws {
        let scratch = try scratch()
        let outcome = try run(
            ["--extend", "right=16", "--mask-blur", "1", "-o", "b.png"], in: scratch)
        #expect(outcome.lines == ["b.png"])
        let before = try Picture(file: "\(scratch.path)/a.png")
        let after = try Picture(file: "\(scratch.path)/b.png")
        #expect((after.width, after.height) == (56, 24))
        // Three boxes of a blur of one pixel reach no further than three pixels beyond the seam.
        #expect(
            before.cropped(x: 0, y: 0, width: 35, height: 24)
                == after.cropped(x: 0, y: 0, width: 35, height: 24))
    }

    @Test func wordsOfThePicturesOwnPromptMakeAMask() throws {
        let scratch = try scratch()
        let painted = try Program.run(
            ["a red apple and a cat", "-o", "a.png"] + Self.model, in: scratch.path)
        #expect(painted.status == 0, "\(painted.errors)")
        let outcome = try run(["--mask-text", "the cat", "-o", "b.png"], in: scratch)
        #expect(outcome.lines == ["b.png"], "\(outcome.errors)")
        #expect(!outcome.errors.contains("these words alone"))
        let other = try run(["--mask-text", "a dog", "-o", "d.png"], in: scratch)
        #expect(other.errors.contains("note: \"a dog\" is looked for by these words alone"))
        let named = try run(
            ["--mask-text", "the cat", "--mask-caption", "a red apple and a cat", "-o", "c.png"],
            in: scratch)
        #expect(named.lines == ["c.png"], "\(named.errors)")
        #expect(
            try Picture(file: "\(scratch.path)/b.png") == Picture(file: "\(scratch.path)/c.png"))
    }

    @Test("An edited picture tells how it was made, and which command makes it again")
    func anEditedPictureTellsOfItself() throws {
        let scratch = try scratch()
        let edited = try run(
            ["--mask", "mask.png", "--mask-blur", "1", "--strength", "0.5", "-o", "b.png"],
            in: scratch)
        #expect(edited.lines == ["b.png"], "\(edited.errors)")
        // What is edited keeps its transparency, so its pixels have four channels.
        let pixels = try Picture(file: "\(scratch.path)/a.png").rgb().pixels
        let opaque = stride(from: 0, to: pixels.count, by: 3).flatMap {
            pixels[$0..<$0 + 3] + [255]
        }
        let digest = Picture(width: 40, height: 24, channels: 4, pixels: opaque).digest
        let told = try Program.run(["inspect", "b.png"], in: scratch.path)
        for words in [
            "prompt            a red apple", "made by           inpaint",
            "picture           \(digest)", "strength          0.5", #""blur":1"#, "pinxit edit",
        ] { #expect(told.output.contains(words), "\(words): \(told.output)") }
        let json = try Program.run(["inspect", "--json", "b.png"], in: scratch.path)
        let request = try JSONValue(parsing: json.output)["request"]
        let source = request?["source"]?["picture"]
        if case .string(let carried)? = source {
            #expect(carried == digest)
        } else {
            Issue.record("\(json.output)")
        }
        let again = try Program.run(["--from", "b.png"] + Self.model, in: scratch.path)
        #expect(again.status == 65 && again.complaints.count == 1)
        #expect(again.errors.contains("pinxit edit takes them"), "\(again.errors)")
        // Its own prompt is the caption of a mask that words make.
        let captions = try [[], ["--mask-caption", "a red apple"]].map { typed in
            let outcome = try Program.run(
                ["edit", "b.png", "a cat", "--mask-text", "the apple", "-o", "c.png"] + Self.model
                    + typed, in: scratch.path)
            #expect(outcome.lines == ["c.png"], "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/c.png")
        }
        #expect(captions[0] == captions[1])
    }

    @Test(
        "What is wrong is one line that says what would be accepted",
        arguments: [
            (["--strength", "0"], "above 0 to 1"), (["--strength", "1.5"], "above 0 to 1"),
            (["--strength", "0.1"], "from 0.25 on is accepted"),
            (["--invert-mask"], "goes with --mask"), (["--extend", "up=3"], "left=128"),
            (["--extend", "left=8,left=16"], "each once"),
            (["--mask", "mask.png", "--extend", "left=8"], "--extend goes without --mask"),
            (["--mask", "missing.png"], "missing.png"),
            (["--mask-text", "cat", "--mask", "mask.png"], "--mask-text goes without --mask"),
            (["--mask-text", "cat", "--mask-caption", "a dog"], "not in the caption"),
            (["--mask-caption", "a dog"], "--mask-caption goes with"),
            (["--mask", "mask.png", "--fill", "water"], "surroundings"),
            (["--image-cfg-scale", "2"], "by instruction"),
            (["--extend", "left=8", "--mask-blur", "nan"], "0 to 256 is accepted"),
            (["--extend", "left=8", "--mask-blur", "-4"], "0 to 256 is accepted"),
            (["--mask", "mask.png", "--mask-blur", "1e300"], "0 to 256 is accepted"),
            (["--unet", Fixture.path("tiny-instruct"), "--mask", "mask.png"], "takes no mask"),
        ])
    func whatIsWrongIsSaid(_ arguments: [String], _ said: String) throws {
        let outcome = try run(arguments, in: try scratch())
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains(said))
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }

    @Test func aModelThatRepaintsNeedsAPicture() throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            ["a red apple", "--unet", Fixture.path("tiny-inpaint")] + Self.model,
            in: scratch.path)
        #expect(outcome.status != 0 && outcome.errors.contains("repaints parts of pictures"))
    }
}
