import Foundation
import PinxitDatasets
import PinxitFiles
import PinxitImages
import PinxitTestSupport
import PinxitTokenizers
import Testing

@Suite struct EvaluateCommandTests {
    /// A toy data set and a small configuration, in a scratch folder.
    private func scratch() throws -> Scratch {
        let scratch = try Scratch()
        try scratch.writeToys()
        let configuration = """
            {"count": 2, "objects": 2, "renderings": 1, "training_pictures": 20,
             "composed": 3, "candidates": 4, "varied": {"prompts": 2, "seeds": 2},
             "grid": {"prompts": ["a red apple", "一只猫"], "seeds": [1, 2]}}
            """
        try scratch.write(Data(configuration.utf8), to: "evaluation.json")
        return scratch
    }

    private let usual = [
        "evaluate", Fixture.path("tiny-pinxit"), "--dataset", "toys", "--config",
        "evaluation.json", "--steps", "1", "--cfg-scale", "1",
    ]

    @Test func writesReportAndGrid() throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            usual + ["--output", "report", "--count", "3", "--precision", "int8", "--json"],
            in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.ownComplaints == [])
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
        for name in ["worst.png", "nearest.png"] {
            #expect(try Picture(file: scratch.path + "/report/\(name)").width > 100, "\(name)")
        }
    }

    @Test("The whole form's prompts are listed with their seeds, and --short is without them")
    func promptsAreListed() throws {
        let scratch = try scratch()
        try scratch.write(
            Data(#"{"count": 2, "whole": {"trained": 9, "held_out": 8, "paired": 1}}"#.utf8),
            to: "whole.json")
        func lines(_ more: [String]) throws -> [String] {
            let outcome = try Program.run(
                [
                    "evaluate", "--list-prompts", "--dataset", "toys", "--config", "whole.json",
                ] + more, in: scratch.path)
            #expect(outcome.status == 0, "\(outcome.errors)")
            return outcome.lines.filter { !$0.hasPrefix("#") }
        }
        let whole = try lines([])
        #expect(whole.allSatisfy { $0.split(separator: "\t").count == 6 })
        #expect(whole.contains { $0.contains("\tboth\t") })
        let short = try lines(["--short"])
        #expect(!short.isEmpty && !short.contains { $0.contains("\tboth\t") })
        let refused = try Program.run(usual + ["--list-prompts"], in: scratch.path)
        #expect(refused.status == 64 && refused.errors.contains("takes no MODEL"))
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
            (["--precision", "int4"], 64, "int4"),
            (["--dataset", "nowhere"], 66, "--dataset nowhere: is missing"),
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

    /// Two painters of the same weights, one of them under another name.
    @Test func reportsOnSeveralPainters() throws {
        let scratch = try scratch()
        let copy = try scratch.copy(of: "tiny-pinxit")
        try scratch.write(
            Data(#"{"steps": 1, "training_hours": 2.5}"#.utf8), to: "model/pinxit.json")
        let outcome = try Program.run(
            [
                "evaluate", "--all", "--models", "\(copy),\(Fixture.path("tiny-pinxit"))",
                "--dataset", "toys", "--config", "evaluation.json", "--report", "report",
                "--evaluator", Fixture.path("tiny-clip"),
            ], in: scratch.path)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.lines.first?.contains("tiny-pinxit") == true)
        #expect(outcome.lines.contains { $0.hasPrefix("training hours") && $0.contains("2.5") })
        #expect(outcome.complaints.last?.hasSuffix("report/index.html") == true)
        struct Report: Decodable {
            struct Model: Decodable {
                var model: String
                var family: String
                var parameters: Int
                var trainingHours: Double?
            }
            var comparedAt: Int
            var evaluator: String
            var models: [Model]
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let report = try decoder.decode(
            Report.self, from: try scratch.read("report/report.json"))
        #expect(report.comparedAt == 64 && report.evaluator == "tiny-clip")
        #expect(outcome.lines.contains { $0.hasPrefix("R-precision") && $0.contains("composed") })
        #expect(outcome.lines.contains { $0.hasPrefix("KID") })
        #expect(report.models.map(\.model) == ["model", "tiny-pinxit"])
        #expect(report.models.map(\.trainingHours) == [2.5, nil])
        #expect(report.models.allSatisfy { $0.family == "StableDiffusionPipeline" })
        #expect(report.models[0].parameters == report.models[1].parameters)
        #expect(report.models[0].parameters > 1000)
        let page = String(decoding: try scratch.read("report/index.html"), as: UTF8.self)
        let table = String(decoding: try scratch.read("report/table.md"), as: UTF8.self)
        #expect(table.hasPrefix("|  | prompts | model | tiny-pinxit | chance | real |\n|---|"))
        let grid = try Picture(file: scratch.path + "/report/grid.png")
        // Names of columns are written where there is a font.
        #expect(grid.height == 4 + (outcome.lacksFonts ? 0 : 28) + 2 * 36)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
    }

    /// A CLIP that paints along is no judge.
    @Test func evaluatorsMustBeIndependent() throws {
        let scratch = try scratch()
        let copy = try scratch.copy(of: "tiny-pinxit")
        try FileManager.default.copyItem(atPath: Fixture.path("tiny-clip"), toPath: copy + "/clip")
        let outcome = try Program.run(
            [
                "evaluate", copy, "--dataset", "toys", "--config", "evaluation.json", "--evaluator",
                Fixture.path("tiny-clip"),
            ], in: scratch.path)
        #expect(outcome.status == 64)
        #expect(outcome.complaints.count == 1)
        #expect(outcome.errors.contains("clip/model.safetensors holds the same weights"))
    }

    @Test("The words of things that are not painted are taken from the model's words.json")
    func wordsOfWhatIsPaintedAreKept() throws {
        let scratch = try scratch()
        let model = try scratch.copy(of: "tiny-pinxit")
        func run(_ share: String) throws -> Program.Outcome {
            try Program.run(
                [
                    "evaluate", model, "--dataset", "toys", "--config", "evaluation.json",
                    "--steps", "1", "--cfg-scale", "1", "--things", "2", "--keep-words", share,
                    "--output", "report",
                ], in: scratch.path)
        }
        // What says nothing of its words may know any.
        let unsaid = try run("0.5")
        #expect(unsaid.status == 64 && unsaid.errors.contains("words.json: is missing"))
        #expect(!fileExists(model + "/words.json") && !fileExists(scratch.path + "/report"))

        var learnt = try SpriteLibrary(folder: scratch.path + "/toys").learntWords
        learnt.add(wordsOf: ["a zebra"])
        learnt.english.things.append("zebra")
        try learnt.write(to: model)
        let outcome = try run("0.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.ownComplaints.count == 1 && outcome.errors.contains("words.json: "))
        struct Report: Decodable {
            struct Share: Decodable { var right: Int }
            struct Thing: Decodable {
                var english: String
                var told: Share
            }
            var things: [Thing]
        }
        struct Words: Decodable {
            struct Language: Decodable { var things: [String] }
            var english: Language
        }
        let decoder = JSONDecoder()
        let report = try decoder.decode(Report.self, from: try scratch.read("report/things.json"))
        let words = try decoder.decode(
            Words.self, from: Data(contentsOf: URL(filePath: model + "/words.json")))
        let told = report.things.filter { $0.told.right > 0 }.map(\.english)
        #expect(words.english.things == told + ["zebra"])
        // Noise is no picture of everything.
        #expect(told.count < report.things.count)
        #expect(try Picture(file: scratch.path + "/report/things.png").width > 32)
    }

    @Test(
        arguments: [
            ([], "MODEL or --all"), (["--all"], "--report DIR"),
            (["--all", "--report", "r", "--steps", "3"], "--steps"),
            (["--all", "--report", "r", "--cfg-interval", "0-0.5"], "--cfg-interval"),
            (["--all", "--report", "r", "model"], "model"),
            (["model", "--models", "a,b"], "--models"),
            (["model", "--keep-words", "0.5"], "--things"),
            (["model", "--things", "0"], "1 to 1000"),
            (["model", "--things", "4", "--keep-words", "75"], "a share from 0 to 1"),
            (["model", "--things", "4", "--short"], "--short"),
            (["--all", "--things", "4"], "--all"),
            (["--list-prompts", "--things", "4"], "--list-prompts"),
            (["--list-prompts", "--output", "r"], "--output"),
            (["--list-prompts", "--steps", "4"], "--steps"),
            (["model", "--things", "4", "--keep-words", "1", "--lora", "a"], "--lora"),
            (["--all", "--report", "r", "--models", "nowhere"], "nowhere"),
        ] as [([String], String)])
    func optionsThatDoNotGoTogether(arguments: [String], words: String) throws {
        let scratch = try scratch()
        let outcome = try Program.run(
            ["evaluate", "--dataset", "toys", "--config", "evaluation.json"] + arguments,
            in: scratch.path)
        // A model that is not there is missing, whatever option names it.
        #expect(outcome.status == (words == "nowhere" ? 66 : 64))
        #expect(outcome.errors.contains(words), "\(outcome.errors)")
        #expect(outcome.complaints.count == 1)
        #expect(!scratch.files.contains { $0.hasPrefix("r/") })
    }
}
