import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

@Suite struct ModelsMergeCommandTests {
    private let model = Fixture.path("tiny-sd1")

    @Test("A model merged with itself paints as before")
    func mergesWithItself() throws {
        let scratch = try Scratch()
        let merge = try Program.run(
            ["models", "merge", model, model, "both", "--since", model, "--type", "f32"],
            in: scratch.path)
        #expect(merge.status == 0, "\(merge.errors)")
        #expect(merge.lines == ["both"])
        for (name, folder) in [("one.png", model), ("two.png", "both")] {
            let outcome = try Program.run(
                [
                    "paint", "a cat", "--model", folder, "--steps", "1", "--seed", "1",
                    "--precision", "f32", "--output", name,
                ], in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
        }
        #expect(
            try Picture(file: scratch.path + "/one.png")
                == Picture(file: scratch.path + "/two.png"))
    }

    @Test(
        arguments: [
            (["both"], ["--scale", "nan"], "--scale", 64),
            (["both"], ["--parts", "unet,clip"], "--parts unet,clip", 64),
            (["both"], ["--parts", "unet,text_encoder_2"], "text_encoder_2", 64),
            (["both"], ["--type", "f8"], "--type f8", 64),
            (["here"], [], "is there already", 64),
            (["both"], ["--since", "nowhere"], "nowhere", 66),
        ] as [([String], [String], String, Int32)])
    func wrongOptions(output: [String], options: [String], words: String, status: Int32) throws {
        let scratch = try Scratch()
        try scratch.write(Data(), to: "here")
        let outcome = try Program.run(
            ["models", "merge", model, model] + output + options, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
        #expect(scratch.files == ["here"])
    }

    @Test func othersThanStableDiffusionAreRefused() throws {
        let scratch = try Scratch()
        let outcome = try Program.run(
            ["models", "merge", model, Fixture.path("tiny-dalle"), "both"], in: scratch.path)
        #expect(outcome.status != 0)
        #expect(outcome.errors.contains("is no Stable Diffusion"), "\(outcome.errors)")
    }
}
