import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// DALL·E as a user meets it.
@Suite struct DALLECommandTests {
    @Test("A picture that completes another is told of, and painted again with that one")
    func completed() throws {
        let scratch = try Scratch()
        try Picture(width: 32, height: 32, color: [200, 30, 30]).write(
            to: scratch.path + "/red.png")
        let model = ["--model", Fixture.path("tiny-dalle"), "--quiet"]
        let painted = try Program.run(
            ["a cat", "--complete", "red.png", "--keep-rows", "1", "-s", "7", "-o", "a.png"]
                + model,
            in: scratch.path)
        #expect(painted.lines == ["a.png"], "\(painted.errors)")
        let told = try Program.run(["inspect", "a.png"], in: scratch.path)
        for words in ["a cat", "completes", "sha256:"] {
            #expect(told.output.contains(words), "\(told.output)")
        }
        let without = try Program.run(["--from", "a.png", "-o", "b.png"] + model, in: scratch.path)
        #expect(without.status == 64 && without.errors.contains("--complete"), "\(without.errors)")
        let again = try Program.run(
            ["--from", "a.png", "--complete", "red.png", "-o", "b.png"] + model, in: scratch.path)
        #expect(again.lines == ["b.png"] && again.errors == "", "\(again.errors)")
        #expect(try scratch.read("a.png") == scratch.read("b.png"))
    }

    @Test("Weights that are no numbers paint nothing")
    func noNumbers() throws {
        let scratch = try Scratch()
        let folder = try scratch.copyWithoutNumbers(
            of: "tiny-dalle", in: "transformer/model.safetensors")
        let outcome = try Program.run(
            ["a cat", "-o", "a.png", "-q", "--model", folder], in: scratch.path)
        #expect(outcome.status == 70 && outcome.errors.contains("token"), "\(outcome.errors)")
        #expect(!scratch.files.contains("a.png"))
    }

    @Test("The way from sentence to sentence is a GAN's where nobody names a model")
    func ways() throws {
        let scratch = try Scratch()
        let way = ["--interpolate", "a red apple", "a star", "--frames", "1", "-o", "way.png"]
        let outcome = try Program.run(way, in: scratch.path)
        #expect(outcome.lines == ["way.png"], "\(outcome.errors)")
        #expect(try Picture(file: scratch.path + "/way.png").width == 64)
        for more in [
            ["--grid"], ["--style", "ink"], ["--wildcards", "."], ["--styles", "a.csv"],
        ] {
            let refused = try Program.run(way + more, in: scratch.path)
            #expect(
                refused.status == 64 && refused.errors.contains("goes without --interpolate"),
                "\(refused.errors)")
        }
        let endless = try Program.run(
            way + ["--frames", "\(Int.max)", "--explain", "why"], in: scratch.path)
        #expect(endless.status == 64 && endless.errors.contains("frames"), "\(endless.errors)")
    }
}
