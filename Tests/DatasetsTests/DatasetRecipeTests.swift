import Foundation
import PinxitFiles
import Testing

@testable import PinxitDatasets

/// The settings of a data set, as a file has them.
@Suite struct DatasetRecipeTests {
    private static let recipes = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Recipes")

    private func read(_ text: String) throws -> DatasetRecipe {
        try DatasetRecipe(
            SettingsReader(
                JSONField(file: "d.json", path: "", value: try JSONValue(parsing: text))))
    }

    /// What is written into a data set's manifest is what can be said in a recipe.
    @Test("Every setting is declared, and an empty recipe has the defaults")
    func declared() throws {
        var whole = DatasetRecipe()
        whole.variety = DatasetRecipe.Variety()
        whole.styles.flat = 1
        whole.largestCount = 6
        let written = try JSONValue(
            parsing: String(decoding: try JSONEncoder().encode(whole), as: UTF8.self))
        var paths: Set<String> = []
        for (name, field) in try JSONField(file: "", path: "", value: written).members() {
            guard case .object = field.value else {
                paths.insert(name)
                continue
            }
            for (_, member) in try field.members() { paths.insert(member.path) }
        }
        #expect(Set(DatasetRecipe.settings.map(\.path)) == paths)
        #expect(try read("{}") == DatasetRecipe())
    }

    @Test("Every setting of a file is in force")
    func values() throws {
        let recipe = try read(
            """
            {"objects": "mine.tsv", "vocabulary": "all",
             "mix": {"single": 0, "place": 1, "pair": 2, "count": 3},
             "styles": {"plain": 0.1, "cartoon": 0.2, "line": 0.3, "flat": 0.4},
             "largestCount": 5,
             "variety": {"mirroredShare": 0.4, "turn": 5, "shrink": 0.15},
             "colorProbability": 0.6, "backgroundProbability": 0.7, "chineseShare": 0.8,
             "synonymShare": 0.9, "rephrasedShare": 1, "pictureSize": 64, "seed": 7}
            """)
        #expect(recipe.objects == "mine.tsv" && recipe.vocabulary == .all)
        #expect(recipe.mix == DatasetRecipe.Mix(single: 0, place: 1, pair: 2, count: 3))
        #expect(
            recipe.styles == DatasetRecipe.Styles(plain: 0.1, cartoon: 0.2, line: 0.3, flat: 0.4))
        #expect(recipe.counts == 2...5)
        #expect(
            recipe.variety
                == DatasetRecipe.Variety(mirroredShare: 0.4, turn: 5, shrink: 0.15))
        #expect(recipe.colorProbability == 0.6 && recipe.backgroundProbability == 0.7)
        #expect(recipe.chineseShare == 0.8 && recipe.synonymShare == 0.9)
        #expect(recipe.rephrasedShare == 1 && recipe.pictureSize == 64 && recipe.seed == 7)
    }

    @Test(
        "What is out of range is refused by its name",
        arguments: [
            (#"{"pictureSize": 8}"#, "pictureSize"), (#"{"mix": {"pair": -1}}"#, "mix.pair"),
            (#"{"vocabulary": "some"}"#, "vocabulary"), (#"{"seed": 1.5}"#, "seed"),
            (#"{"styles": {"plain": 0, "cartoon": 0, "line": 0}}"#, "styles"),
            (#"{"variety": {"shrink": 0.5}}"#, "variety.shrink"),
            (#"{"chineseShare": 2}"#, "chineseShare"), (#"{"largestCount": 7}"#, "largestCount"),
        ])
    func ranges(text: String, field: String) {
        let error = #expect(throws: FileError.self) { try read(text) }
        #expect(error?.field == field)
    }

    @Test(
        "A misspelt setting of a data set is named with what it may have been",
        arguments: [
            ("\"variety\"", "\"varietty\"", "varietty: is no setting here (variety?)"),
            ("\"turn\"", "\"turns\"", "variety.turns: is no setting here (turn?)"),
            ("\"seed\"", "\"xyzzy\": 1, \"seed\"", "xyzzy: is no setting here; accepted: "),
        ])
    func misspelt(right: String, wrong: String, words: String) throws {
        let text = try String(
            contentsOf: Self.recipes.appending(path: "dataset-told.json"), encoding: .utf8)
        let file = NSTemporaryDirectory() + "pinxit-recipe-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: file) }
        try text.replacing(right, with: wrong).write(
            toFile: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: FileError.self) { try DatasetRecipe.load(file) }
        #expect("\(error!)".contains(words), "\(error!)")
        try text.replacing("{\n  \"objects\"", with: "{ \"note\": \"mine\", \"objects\"").write(
            toFile: file, atomically: true, encoding: .utf8)
        #expect(try DatasetRecipe.load(file).vocabulary == .told)
    }
}
