import Foundation
import PinxitFiles
import Testing

@testable import PinxitTraining

@Suite struct RecipeChangesTests {
    private func file(_ text: String, _ changes: [String]) throws -> JSONField {
        let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try AtomicFile.write(text, to: path)
        return try RecipeFile.read(path, changes: changes)
    }

    @Test("Settings given beside a recipe take the place of the file's")
    func changesAreMade() throws {
        let recipe = try file(
            #"{"optimisation": {"samples": 8, "batch": 4}, "note": "x"}"#,
            [
                "optimisation.samples=2000", "task.clip=my=clip", "prompts=[\"a\"]",
                "note=two words",
                "optimisation.batch=2",
            ])
        #expect(try recipe["optimisation"]["samples"].int() == 2000)
        #expect(try recipe["optimisation"]["batch"].int() == 2)
        #expect(try recipe["task"]["clip"].string() == "my=clip")
        #expect(try recipe["prompts"].strings() == ["a"])
        #expect(try recipe["note"].string() == "two words")
    }

    @Test(
        "What changes nothing is refused",
        arguments: [
            "samples", "=3", "optimisation..batch=2", "optimisation.samples.most=3", "",
        ])
    func senselessChanges(_ change: String) throws {
        #expect(throws: FileError.self) {
            try file(#"{"optimisation": {"samples": 8}}"#, [change])
        }
    }

    @Test("Settings that differ are listed with both values; remarks and reports do not matter")
    func differences() throws {
        let old = """
            {"note": "a", "optimisation": {"samples": 8, "batch": 4, "save_every": 3, "clip": 1},
             "task": {"crop": 64}, "prompts": ["a"]}
            """
        let new = """
            {"optimisation": {"samples": 12, "batch": 4.0, "report_every": 9, "warm_up": 300},
             "task": {"crop": 32, "note": "b"}}
            """
        let standards: [String: JSONValue] = [
            "optimisation.warm_up": 300, "optimisation.clip": 1.0,
        ]
        #expect(
            RecipeChanges.between(old, new, standards: standards) == [
                "optimisation.samples was 8, is 12", "task.crop was 64, is 32",
            ])
        #expect(
            RecipeChanges.between(#"{"a": 1}"#, "{}", standards: [:]) == ["a was 1, is not there"])
        #expect(RecipeChanges.between("one", "two", standards: [:]) == nil)
        #expect(RecipeChanges.between("one", "one", standards: [:]) == [])
    }
}
