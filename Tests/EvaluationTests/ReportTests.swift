import FoundationEssentials
import PinxitDatasets
import PinxitFiles
import PinxitImages
import Testing

@testable import PinxitEvaluation

@Suite struct ReportTests {
    /// From Newcombe 1998, table I (method 3), and by hand.
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ])
    func wilson(right: Int, count: Int, low: Double, high: Double) {
        let interval = Proportion(right: right, count: count).interval
        #expect(abs(interval.lowerBound - low) < 6e-5)
        #expect(abs(interval.upperBound - high) < 6e-5)
    }

    @Test func quantilesLieBetweenNeighbours() {
        #expect(Memorisation.quantile([1, 2, 4], 0) == 1)
        #expect(Memorisation.quantile([1, 2, 4], 0.75) == 3)
        #expect(Memorisation.quantile([1, 2, 4], 1) == 4)
    }

    @Test func sameModelGivesSameReport() async throws {
        var configuration = EvaluationConfiguration()
        configuration.count = 4
        configuration.trainingPictures = 30
        configuration.gridPrompts = ["a thing1", "a thing2 at the top"]
        configuration.gridSeeds = [1, 2]
        let evaluator = Evaluator(library: Shapes.library, configuration: configuration)
        func report() async throws -> (text: String, grid: Picture?) {
            var painted = 0
            let result = try await evaluator.run(batch: 7) { orders in
                painted += orders.count
                return orders.map { Picture.noise(side: 64, seed: UInt64($0.seed)) }
            }
            #expect(painted == evaluator.orderCount)
            let json = result.findings.json(
                model: "noise", library: Shapes.library, configuration: configuration,
                settings: [])
            return (json.encoded(), result.grid)
        }
        let one = try await report()
        let other = try await report()
        #expect(one.text == other.text)
        #expect(one.grid == other.grid)
        #expect(try #require(one.grid).height == 4 + 2 * 68)
        let parsed = try JSONValue(parsing: one.text)
        guard case .array(let answers) = parsed["answers"],
            case .array(let pictures) = parsed["pictures"]
        else {
            Issue.record("answers and pictures are lists")
            return
        }
        #expect(answers.count == evaluator.questionnaire.questions.count)
        #expect(pictures.count == evaluator.questionnaire.items.count)
    }

    @Test(arguments: [
        (#"{"count": 0}"#, "count"), (#"{"cuont": 5}"#, "cuont"),
        (#"{"chinese_share": 2}"#, "chinese_share"),
        (#"{"grid": {"prompts": ["a"], "seeds": [-1]}}"#, "grid.seeds"),
        (#"{"grid": {"prompts": ["a"], "seeds": []}}"#, "grid.seeds"),
        (#"{"training_pictures": 1e3}"#, "training_pictures"),
        (#"{"varied": {"seeds": 0}}"#, "varied.seeds"), (#"{"candidates": 0}"#, "candidates"),
        (#"{"kernel_distance": {"size": 1}}"#, "kernel_distance.size"),
        (#"{"common_size": 8}"#, "common_size"),
        (#"{"whole": {"trained": 0}}"#, "whole.trained"),
        (#"{"whole": {"heldout": 5}}"#, "whole.heldout"),
        (#"{"varied": {"seed": 4}}"#, "varied.seed"), (#"{"grid": {"rows": []}}"#, "grid.rows"),
        (#"{"from_pictures": {"varied": -1}}"#, "from_pictures.varied"),
    ])
    func configurationsAreChecked(text: String, field: String) throws {
        let file = TemporaryFile.file(text)
        defer { TemporaryFile.remove(file) }
        let error = try #require(throws: FileError.self) {
            try EvaluationConfiguration(file: file)
        }
        #expect(error.field == field)
    }

    @Test func configurationsAreRead() throws {
        let file = TemporaryFile.file(
            #"{"seed": 3, "count": 7, "grid": {"prompts": ["一只猫"], "seeds": [4, 5]}}"#)
        defer { TemporaryFile.remove(file) }
        let configuration = try EvaluationConfiguration(file: file)
        #expect(configuration.seed == 3 && configuration.count == 7)
        #expect(configuration.gridPrompts == ["一只猫"] && configuration.gridSeeds == [4, 5])
        #expect(configuration.distractors == EvaluationConfiguration().distractors)
        #expect(configuration.whole == nil)
    }

    @Test("Every setting of the evaluation that ships is declared, and it has all of them")
    func settingsAreDeclared() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let file = root.appending(path: "Recipes/evaluation.json").path
        var paths: Set<String> = []
        for (name, field) in try JSONFile.read(file).members() where name != "note" {
            guard case .object = field.value else {
                paths.insert(name)
                continue
            }
            for (_, member) in try field.members() { paths.insert(member.path) }
        }
        #expect(Set(EvaluationConfiguration.settings.map(\.path)) == paths)
        #expect(EvaluationConfiguration.settings.allSatisfy { $0.effect.hasSuffix(".") })
        let read = try EvaluationConfiguration(file: file)
        #expect(read.whole == WholeForm() && read.gridPrompts.count == 24)
    }
}

private enum TemporaryFile {
    static func file(_ text: String) -> String {
        let number = UInt64.random(in: 0...UInt64.max)
        let path = FileManager.default.temporaryDirectory.path + "/evaluation-\(number).json"
        try! AtomicFile.write(text, to: path)
        return path
    }

    static func remove(_ path: String) { try? FileManager.default.removeItem(atPath: path) }
}
