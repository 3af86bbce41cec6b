import Foundation
import Testing

@testable import PinxitDatasets

/// The things of `Recipes/objects.tsv` that are drawn.
@Suite struct VocabularyTests {
    private static let recipes = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Recipes")

    private func table() throws -> [VocabularyEntry] {
        let file = Self.recipes.appending(path: "objects.tsv")
        return try ObjectTable.parse(try String(contentsOf: file, encoding: .utf8), file: "table")
    }

    @Test("The large vocabulary holds the small one, and the table holds both")
    func sizes() throws {
        let table = try table()
        let recipe = try DatasetRecipe.load(Self.recipes.appending(path: "dataset-told.json").path)
        let told = recipe.vocabulary.chosen(of: table)
        let core = DatasetRecipe.Words.core.chosen(of: table)
        #expect(core.count == 134)
        #expect((300...600).contains(told.count))
        #expect(Set(core).isSubset(of: told))
        #expect(!table.contains { $0.isCore && $0.isTold })
        #expect(DatasetRecipe.Words.all.chosen(of: table) == table)
    }

    /// A word that is said of two things is a wrong caption half of the time.
    @Test("No two things of the large vocabulary share a word, in either language")
    func namesAreOwn() throws {
        let told = DatasetRecipe.Words.told.chosen(of: try table())
        let english = told.flatMap { entry in
            Set(([entry.english] + entry.englishSynonyms).map(\.noun))
        }
        let chinese = told.flatMap { Set([$0.chinese] + $0.chineseSynonyms) }
        #expect(english.count == Set(english).count, "\(Self.repeated(english))")
        #expect(chinese.count == Set(chinese).count, "\(Self.repeated(chinese))")
    }

    /// "a red blue heart" would be said of it otherwise.
    @Test("Colours are said of things of the large vocabulary, and not in their names")
    func namesHaveNoColour() throws {
        let colors = Set(TintColor.allCases.map(\.rawValue) + ["white", "grey"])
        for entry in DatasetRecipe.Words.told.chosen(of: try table())
        where entry.english.noun != "orange" {
            let words = entry.english.noun.split(separator: " ").map { $0.lowercased() }
            #expect(colors.isDisjoint(with: words), "\(entry.english.noun)")
        }
    }

    private static func repeated(_ words: [String]) -> [String] {
        Dictionary(grouping: words) { $0 }.filter { $0.value.count > 1 }.keys.sorted()
    }
}
