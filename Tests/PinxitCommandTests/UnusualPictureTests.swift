import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// Pictures and masks that nobody expects, edited through the program: right, or one clear line.
@Suite struct UnusualPictureTests {
    private static let model = ["--model", Fixture.path("tiny-sd1"), "--steps", "4", "-s", "1"]

    private func edit(
        _ picture: String, _ typed: [String] = [], in scratch: Scratch
    ) throws -> Program.Outcome {
        try Program.run(
            ["edit", picture, "a red apple", "-o", "x.png"] + Self.model + typed, in: scratch.path)
    }

    /// A picture of many colours, and a mask of one.
    private func write(
        _ width: Int, _ height: Int, mask: (width: Int, height: Int, level: UInt8),
        to scratch: Scratch
    ) throws {
        var picture = Picture(width: width, height: height, color: [0, 0, 0])
        for i in picture.pixels.indices { picture.pixels[i] = UInt8(truncatingIfNeeded: i * 5) }
        try picture.write(to: "\(scratch.path)/a.png")
        try Picture(width: mask.width, height: mask.height, color: [mask.level])
            .write(to: "\(scratch.path)/mask.png")
    }

    @Test("A mask of another size goes with a picture of its shape, and with no other")
    func masksOfAnotherSize() throws {
        let scratch = try Scratch()
        try write(40, 24, mask: (80, 48, 255), to: scratch)
        let larger = try edit("a.png", ["--mask", "mask.png"], in: scratch)
        #expect(larger.lines == ["x.png"], "\(larger.errors)")
        #expect(try Picture(file: "\(scratch.path)/x.png").width == 40)
        try write(40, 24, mask: (24, 24, 255), to: scratch)
        let other = try edit("a.png", ["--mask", "mask.png"], in: scratch)
        #expect(other.status == 64 && other.complaints.count == 1)
        #expect(other.errors.contains("is 24x24, the picture 40x24"), "\(other.errors)")
    }

    @Test("A mask that covers nothing is told, whichever colour is repainted")
    func emptyMasks() throws {
        let scratch = try Scratch()
        for (level, typed, colour) in [(UInt8(0), [], "white"), (255, ["--invert-mask"], "black")] {
            try write(40, 24, mask: (40, 24, level), to: scratch)
            let outcome = try edit("a.png", ["--mask", "mask.png"] + typed, in: scratch)
            #expect(outcome.status == 64 && outcome.complaints.count == 1)
            #expect(
                outcome.errors.contains("covers nothing: \(colour) is repainted"),
                "\(outcome.errors)")
        }
    }

    @Test("A picture of one pixel is painted over, and repainted as one pixel")
    func onePixel() throws {
        let scratch = try Scratch()
        try write(1, 1, mask: (1, 1, 255), to: scratch)
        let whole = try edit("a.png", in: scratch)
        #expect(whole.lines == ["x.png"], "\(whole.errors)")
        let part = try edit("a.png", ["--mask", "mask.png", "--mask-blur", "0"], in: scratch)
        #expect(part.lines == ["x.png"], "\(part.errors)")
        let picture = try Picture(file: "\(scratch.path)/x.png")
        #expect((picture.width, picture.height) == (1, 1))
    }

    @Test("A picture of 10,000x10,000 is painted over, or refused before it is decoded")
    func veryLarge() throws {
        let scratch = try Scratch()
        let picture = Picture(width: 10_000, height: 10_000, color: [99])
        try scratch.write(try PNG.encode(picture, level: 1), to: "a.png")
        let refused = try edit("a.png", ["--max-pixels", "99999999"], in: scratch)
        #expect(refused.status == 65 && refused.complaints.count == 1)
        #expect(refused.errors.contains("10000x10000"), "\(refused.errors)")
        let painted = try edit("a.png", in: scratch)
        #expect(painted.lines == ["x.png"], "\(painted.errors)")
        let result = try Picture(file: "\(scratch.path)/x.png")
        #expect(result.width == result.height && result.width < 100)
    }

    @Test(
        "Turned and CMYK photographs are edited as they are seen",
        arguments: ["jpeg, orientation 6", "png, orientation 8", "jpeg, CMYK"])
    func photographs(_ name: String) throws {
        let scratch = try Scratch()
        try scratch.writePicture(name, to: "photo")
        try Picture(file: "\(scratch.path)/photo").write(to: "\(scratch.path)/upright.png")
        let paintings = try ["photo", "upright.png"].map { file in
            let outcome = try edit(file, ["--strength", "0.5"], in: scratch)
            #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
            return try Picture(file: "\(scratch.path)/x.png")
        }
        #expect(paintings[0] == paintings[1])
    }

    @Test("Of a PNG of 16 bits a channel 8 are kept, which a note says")
    func sixteenBits() throws {
        let scratch = try Scratch()
        // One pixel, 8080 1212 FFFF.
        let file = try #require(
            Data(
                base64Encoded: """
                    iVBORw0KGgoAAAANSUhEUgAAAAEAAAABEAIAAADA54+dAAAAD0lEQVR4nGNoaBQy+f8BAAleAzdQ\
                    CV/1AAAAAElFTkSuQmCC
                    """))
        try scratch.write(file, to: "deep.png")
        let outcome = try edit("deep.png", in: scratch)
        #expect(outcome.lines == ["x.png"] && outcome.complaints.count == 1)
        #expect(outcome.errors.contains("deep.png: it has 16 bits a channel and is read in 8"))
    }

    @Test("A picture whose texts are a bomb is edited all the same")
    func bombs() throws {
        let scratch = try Scratch()
        let texts = (0..<1001).map { PNGText(key: "a\($0)", text: "b") }
        try Picture(width: 24, height: 16, color: [1, 2, 3])
            .write(to: "\(scratch.path)/bomb.png", texts: texts)
        let told = try Program.run(["inspect", "bomb.png"], in: scratch.path)
        #expect(told.status == 65 && told.complaints.count == 1, "\(told.errors)")
        let again = try Program.run(["--from", "bomb.png"] + Self.model, in: scratch.path)
        #expect(again.status == 65 && again.complaints.count == 1, "\(again.errors)")
        let outcome = try edit("bomb.png", in: scratch)
        #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
    }

    @Test(
        "Settings of AUTOMATIC1111 that are broken are used as far as they go",
        arguments: [
            "", "Steps: ", "a cat\nSteps: many, Seed: , Size: 0x0, CFG scale: 1e999",
            "a cat\nNegative prompt:\nSteps: 3, Sampler: \"Euler, Seed: 99999999999999999999",
            "Steps: 2, Steps: 3, Hires upscale: nan, Denoising strength: -1, Clip skip: x",
            "((((((a cat:1.3\nSteps: 2, Size: 1000000x1000000, Lora hashes: \"",
        ])
    func brokenSettings(_ text: String) throws {
        let scratch = try Scratch()
        try Picture(width: 8, height: 8, color: [1, 2, 3])
            .write(
                to: "\(scratch.path)/a.png", texts: [PNGText(key: "parameters", text: text)])
        let outcome = try Program.run(
            [
                "--from", "a.png", "--model", Fixture.path("tiny-sd1"), "--steps", "2", "-o",
                "x.png",
            ], in: scratch.path)
        #expect(outcome.lines == ["x.png"], "\(outcome.errors)")
        #expect(outcome.complaints.allSatisfy { $0.hasPrefix("note: --from a.png: ") })
    }
}
