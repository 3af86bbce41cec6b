import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

/// Pictures and weights as `pinxit clip` may find them.
@Suite struct CLIPPictureTests {
    private let model = ["--model", Fixture.path("tiny-clip")]

    private func picture(_ seed: Int, width: Int = 40, height: Int = 30) -> Picture {
        let pixels = (0..<width * height * 3).map { UInt8(($0 / 7 + seed * 31) % 256) }
        return Picture(width: width, height: height, channels: 3, pixels: pixels)
    }

    @Test func searchingLooksAtContentsOfRegularFiles() throws {
        let scratch = try Scratch()
        let folder = scratch.path
        try scratch.write(try picture(1).encoded(as: .png), to: "one")
        try scratch.write(try picture(2).encoded(as: .webP), to: "two.png")
        try scratch.write(try picture(3).encoded(as: .jpeg), to: "three.JPEG")
        try scratch.write(Data("no picture".utf8), to: "notes.txt")
        try scratch.write(Data("no picture".utf8), to: "four.png")
        #expect(mkfifo(folder + "/pipe.png", 0o600) == 0)
        #expect(mkdir(folder + "/folder.png", 0o700) == 0)
        let outcome = try Program.run(["clip", "search", "a cat", "."] + model, in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.count == 3)
        #expect(
            outcome.complaints == [
                "left out: ./four.png: is no picture; PNG, JPEG, WebP, GIF and BMP are accepted"
            ])
        let pipe = try Program.run(["clip", "score", "pipe.png", "a cat"] + model, in: folder)
        #expect(pipe.status == 65 && pipe.errors.contains("not a regular file"))
    }

    /// A search sees what a comparison of one picture sees.
    @Test func searchedPicturesScoreAsSingleOnes() throws {
        let scratch = try Scratch()
        try scratch.write(try picture(1).encoded(as: .png), to: "a.png")
        try scratch.write(try picture(2, width: 37, height: 90).encoded(as: .jpeg), to: "b.jpg")
        let found = try Program.run(["clip", "search", "a cat", "."] + model, in: scratch.path)
        for name in ["a.png", "b.jpg"] {
            let score = try Program.run(["clip", "score", name, "a cat"] + model, in: scratch.path)
            let figure = try #require(score.lines.first?.split(separator: " ").first)
            #expect(
                found.lines.contains { $0.hasSuffix(name) && $0.contains(figure) },
                "\(found.output) \(score.output)")
        }
    }

    /// Resized whole, a line of one pixel's width would be 2 gigabytes.
    @Test func thinPicturesAreCutWithoutBeingResizedWhole() throws {
        let scratch = try Scratch()
        try scratch.write(
            try picture(1, width: 1, height: 16384).encoded(as: .png), to: "thin.png")
        let outcome = try Program.run(
            [
                "-c", "ulimit -v 1500000; exec \"$0\" clip score thin.png 'a cat' --model \"$1\"",
                Program.path, Fixture.path("tiny-clip"),
            ], in: scratch.path, executable: "/bin/bash")
        #expect(outcome.status == 0 && outcome.lines.count == 1, "\(outcome.errors)")
    }

    @Test func aPictureLargerThanAcceptedNamesTheOption() throws {
        let scratch = try Scratch()
        try scratch.write(try picture(1).encoded(as: .png), to: "a.png")
        let arguments = ["clip", "score", "a.png", "a cat", "--max-pixels"]
        let refused = try Program.run(arguments + ["1199"] + model, in: scratch.path)
        #expect(refused.status == 65)
        #expect(
            refused.complaints == [
                "error: a.png: 40x30 pixels; at most 1199 in all are accepted "
                    + "(option: --max-pixels)"
            ])
        #expect(try Program.run(arguments + ["1200"] + model, in: scratch.path).status == 0)
        #expect(try Program.run(arguments + ["0"] + model, in: scratch.path).status == 64)
    }

    @Test(arguments: [
        ["score", "a.png", "a", "b"], ["classify", "a.png", "a", "b"], ["search", "a", "."],
    ])
    func weightsThatAreNotNumbersAreAnError(arguments: [String]) throws {
        let scratch = try Scratch()
        try scratch.write(try picture(1).encoded(as: .png), to: "a.png")
        let folder = try scratch.copyWithoutNumbers(of: "tiny-clip")
        for form in [[], ["--json"]] {
            let outcome = try Program.run(
                ["clip"] + arguments + ["--model", folder] + form, in: scratch.path)
            #expect(outcome.status == 70 && outcome.output == "", "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("error: similarity: not measured"))
            #expect(outcome.errors.contains(folder) && outcome.complaints.count == 1)
        }
    }

    @Test("A measure that would be made of what is no number is named, and there is no report")
    func measuresThatAreNotNumbersAreAnError() throws {
        let scratch = try Scratch()
        try scratch.writeToys()
        let folder = try scratch.copyWithoutNumbers(of: "tiny-clip")
        let before = scratch.files
        for form in [[], ["--json"]] {
            let outcome = try Program.run(
                ["clip", "evaluate", folder, "--dataset", "toys", "--count", "20"] + form,
                in: scratch.path)
            #expect(outcome.status == 70 && outcome.output == "", "\(outcome.errors)")
            #expect(outcome.errors.hasPrefix("error: retrieval: not measured"))
        }
        try scratch.write(
            Data(#"{"count": 1, "objects": 2, "renderings": 1, "training_pictures": 4}"#.utf8),
            to: "evaluation.json")
        let outcome = try Program.run(
            [
                "evaluate", Fixture.path("tiny-pinxit"), "--dataset", "toys", "--config",
                "evaluation.json", "--steps", "1", "--evaluator", folder, "--output", "report",
            ], in: scratch.path)
        #expect(outcome.status == 70 && outcome.output == "", "\(outcome.errors)")
        #expect(outcome.errors.hasPrefix("error: KID: not measured"), "\(outcome.errors)")
        #expect(scratch.files.filter { $0 != "evaluation.json" } == before)
    }
}

extension Scratch {
    /// A copy of a model in which the weights of a file are not numbers.
    func copyWithoutNumbers(
        of model: String, in file: String = "model.safetensors"
    ) throws -> String {
        let folder = try copy(of: model)
        var weights = try read("model/\(file)")
        let header = weights.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
        weights.replaceSubrange(
            (8 + header)..., with: repeatElement(0xFF, count: weights.count - 8 - header))
        try write(weights, to: "model/\(file)")
        return folder
    }
}
