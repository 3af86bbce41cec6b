import Foundation
import PinxitImages
import PinxitTestSupport
import Testing

@Suite struct CompareCommandTests {
    @Test func paintsAColumnForEachPainter() throws {
        let scratch = try Scratch()
        let copy = try scratch.copy(of: "tiny-pinxit")
        let arguments = [
            "compare", "a red apple", "--models", "\(copy),\(Fixture.path("tiny-pinxit"))",
            "--seed",
            "5", "--count", "3", "--output", "sheet.png",
        ]
        let outcome = try Program.run(arguments, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines == ["sheet.png"])
        let sheet = try Picture(file: scratch.path + "/sheet.png")
        #expect(sheet.width == 4 + 2 * 36)
        // The same weights paint the same picture, seed for seed.
        for row in 0..<3 {
            let y = 4 + row * ((sheet.height - 4) / 3)
            let left = sheet.cropped(x: 4, y: y, width: 32, height: 32)
            let right = sheet.cropped(x: 40, y: y, width: 32, height: 32)
            #expect(left == right)
        }
    }

    @Test("What JSON says of a sheet, with what cannot come right")
    func json() throws {
        let scratch = try Scratch()
        let copy = try scratch.copy(of: "tiny-pinxit")
        try scratch.write(
            Data(#"{"english": {"things": ["apple"], "words": ["apple"]}}"#.utf8),
            to: "model/words.json")
        let outcome = try Program.run(
            [
                "compare", "a sunset", "--models", "\(copy),\(Fixture.path("tiny-pinxit"))", "-c",
                "1", "--json", "-o", "sheet.png", "--quiet",
            ], in: scratch.path)
        struct Report: Decodable {
            let paths, painters, warnings: [String]
            let seeds: [UInt32]
        }
        let report = try JSONDecoder().decode(Report.self, from: Data(outcome.output.utf8))
        #expect(report.paths == ["sheet.png"] && report.seeds == [0])
        #expect(report.painters == ["model", "tiny-pinxit"])
        let words = report.warnings.filter { $0.contains("sunset") }
        #expect(words.count == 1 && words[0].hasPrefix("model: "), "\(report.warnings)")
    }

    @Test(
        arguments: [
            (["--models", "nowhere"], 66, "nowhere"), (["--models", ","], 64, "--models ,"),
            (["--count", "0"], 64, "--count 0"),
            (["--seed", "-7"], 64, "seed"), (["--output", "sheet.bmp"], 64, "sheet.bmp"),
        ] as [([String], Int32, String)])
    func errorsAreOneLine(arguments: [String], status: Int32, words: String) throws {
        let scratch = try Scratch()
        let outcome = try Program.run(["compare", "a cat"] + arguments, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
    }
}
