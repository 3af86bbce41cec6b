import Foundation
import PinxitTestSupport
import Testing

/// Captions that a CLIP chooses among.
@Suite struct DatasetCaptionCommandTests {
    /// Toy pictures of which only the first five have captions.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try ToyStages.writePictures(scratch)
        for number in 5..<80 {
            try FileManager.default.removeItem(atPath: "\(scratch.path)/pictures/\(number).txt")
        }
        try scratch.write(Data("a red disc\n\n  a blue disc \na dog\n".utf8), to: "words.txt")
        return scratch
    }

    private let usual = [
        "dataset", "caption", "pictures", "--words", "words.txt", "--clip",
        Fixture.path("tiny-clip"), "--quiet",
    ]

    @Test("Pictures without captions get the nearest of the words; texts that are there stay")
    func captions() throws {
        let scratch = try scratch()
        let before = try scratch.read("pictures/3.txt")
        try scratch.write(Data(), to: "pictures/7.txt")
        // Of a run that was killed, and of somebody else.
        try scratch.write(Data("a".utf8), to: "pictures/9.txt.1k7cuj.partial")
        try scratch.write(Data("a".utf8), to: "pictures/film.partial")
        let tried = try Program.run(usual + ["--dry-run"], in: scratch.path)
        #expect(tried.status == 0 && !scratch.files.contains("pictures/9.txt"))
        let outcome = try Program.run(
            usual + ["--template", "a picture of {}", "--count", "2"], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(scratch.files.filter { $0.hasSuffix(".partial") } == ["pictures/film.partial"])
        #expect(outcome.lines.count == 74 && tried.lines.count == 74)
        #expect(outcome.errors.contains("wrote 74 texts; 5 pictures had captions; 1 lie"))
        #expect(try scratch.read("pictures/3.txt") == before)
        #expect(try scratch.read("pictures/7.txt").isEmpty)
        let cells = try #require(outcome.lines.first { $0.hasPrefix("pictures/9.png\t") })
            .split(separator: "\t")
        let written = String(decoding: try scratch.read("pictures/9.txt"), as: UTF8.self)
        #expect(written == cells[1] + "\n")
        let chosen = written.dropFirst("a picture of ".count).dropLast()
        let words = chosen.components(separatedBy: ", ")
        #expect(
            words.count == 2 && Set(words).isSubset(of: ["a red disc", "a blue disc", "a dog"]))
        // The nearer first, as clip classify has them.
        let cosines = cells[2].split(separator: " ").compactMap { Double("0" + $0) }
        #expect(cosines.count == 2)
        let again = try Program.run(usual, in: scratch.path)
        #expect(again.errors.contains("wrote 0 texts; 79 pictures had captions"))
    }

    @Test("The nearest word is the one that clip classify finds")
    func agrees() throws {
        let scratch = try scratch()
        let outcome = try Program.run(usual + ["--dry-run"], in: scratch.path)
        let cells = try #require(outcome.lines.first { $0.hasPrefix("pictures/9.png\t") })
            .split(separator: "\t")
        let other = try Program.run(
            [
                "clip", "classify", "pictures/9.png", "a red disc", "a blue disc", "a dog",
                "--model", Fixture.path("tiny-clip"),
            ], in: scratch.path)
        #expect(try #require(other.lines.first).hasSuffix("  \(cells[1])"), "\(other.output)")
    }

    @Test(
        "What cannot be done is one line",
        arguments: [
            (["--count", "3"], 64, "has 3 to choose 3 of"), (["--template", "dog"], 64, "{}"),
            (["--words", "nowhere.txt"], 66, "nowhere.txt"),
            (["--clip", "nowhere"], 66, "--clip nowhere: is no model"),
        ] as [([String], Int32, String)])
    func refused(arguments: [String], status: Int32, words: String) throws {
        let scratch = try scratch()
        let outcome = try Program.run(usual + arguments, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(!scratch.files.contains("pictures/9.txt"))
    }
}
