import Foundation
import Images
import TestSupport
import Testing

@Suite struct EvaluateCommandTests {
    /// A toy data set and a small configuration, in a scratch folder.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let configuration = """
            {"count": 2, "objects": 2, "renderings": 1, "training_pictures": 20,
             "grid": {"prompts": ["a red apple", "一只猫"], "seeds": [1, 2]}}
            """
        try scratch.write(Data(configuration.utf8), to: "evaluation.json")
        return scratch
    }

    private let usual = [
        "evaluate", Fixture.path("tiny-pinxit"), "--dataset", "toys", "--config",
        "evaluation.json", "--steps", "1", "--guidance", "1",
    ]

    @Test func writesReportAndGrid() throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            usual + ["--output", "report", "--count", "3", "--precision", "int8", "--json"],
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.errors == "")
        let text = try scratch.read("report/evaluation.json")
        #expect(outcome.output == String(decoding: text, as: UTF8.self))
        struct Report: Decodable {
            struct Settings: Decodable {
                var steps: Int
                var precision: String
            }
            struct Configuration: Decodable { var count: Int }
            struct Attribute: Decodable { var attribute: String }
            var model: String
            var settings: Settings
            var configuration: Configuration
            var attributes: [Attribute]
        }
        let report = try JSONDecoder().decode(Report.self, from: text)
        #expect(report.model == "tiny-pinxit")
        #expect(report.settings.steps == 1 && report.settings.precision == "int8")
        #expect(report.configuration.count == 3)
        #expect(Set(report.attributes.map(\.attribute)).count > 6)
        let grid = try Picture(file: scratch.path + "/report/grid.png")
        #expect(grid.height == 4 + 2 * 36)
    }

    @Test func printsATable() throws {
        let scratch = try scratch()
        let outcome = try Program.run(usual, in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.first?.contains("chance") == true)
        #expect(outcome.lines.contains { $0.hasPrefix("position") && $0.contains("held out") })
    }

    @Test(
        arguments: [
            (["--count", "0"], 64, "--count 0"), (["--steps", "0"], 64, "steps"),
            (["--precision", "int4"], 64, "--precision int4"),
            (["--dataset", "nowhere"], 66, "nowhere/manifest.json"),
            (["--config", "nothing.json"], 66, "nothing.json"),
            (["--output", "evaluation.json/report"], 73, "evaluation.json"),
        ] as [([String], Int32, String)])
    func errorsAreOneLine(arguments: [String], status: Int32, words: String) throws {
        let scratch = try scratch()
        let outcome = try Program.run(usual + arguments, in: scratch.path)
        #expect(outcome.status == status)
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.errors.split(separator: "\n").count == 1)
    }
}
