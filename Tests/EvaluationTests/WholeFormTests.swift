import FoundationEssentials
import PinxitImages
import Testing

@testable import PinxitDatasets
@testable import PinxitEvaluation

@Suite struct WholeFormTests {
    private func questionnaire(
        trained: Int, heldOut: Int, paired: Int, count: Int = 10,
        of library: SpriteLibrary = Shapes.library
    ) -> Questionnaire {
        var configuration = EvaluationConfiguration()
        configuration.seed = 2026
        configuration.count = count
        var whole = WholeForm()
        (whole.trained, whole.heldOut, whole.paired) = (trained, heldOut, paired)
        configuration.whole = whole
        return QuestionWriter.write(library, configuration)
    }

    @Test("The whole form has exactly so many prompts, and those of the short form among them")
    func numbersAreExact() {
        let whole = questionnaire(trained: 100, heldOut: 200, paired: 0)
        #expect(whole.items.count { !$0.isHeldOut } == 100)
        #expect(whole.items.count { $0.isHeldOut } == 200)
        var short = EvaluationConfiguration()
        (short.seed, short.count) = (2026, 10)
        let items = Set(whole.items)
        let asked = QuestionWriter.write(Shapes.library, short)
        #expect(asked.items.allSatisfy(items.contains))
        #expect(asked.twins.isEmpty)
        let few = questionnaire(trained: 7, heldOut: 1, paired: 0)
        #expect(few.items.count == 8)
    }

    @Test("A twin is the same picture from the same noise in the other language")
    func twinsDifferInLanguageAlone() {
        let whole = questionnaire(trained: 100, heldOut: 100, paired: 12)
        #expect(whole.twins.count == 7 * 12)
        #expect(Set(whole.twins.map(\.item)).count == whole.twins.count)
        let captions = Captions(Shapes.library.vocabulary)
        for twin in whole.twins {
            let item = whole.items[twin.item]
            #expect(twin.order.seed == item.order.seed)
            let language: CaptionLanguage = item.language == .english ? .chinese : .english
            #expect(twin.order.prompt == captions.caption(item.spec, language: language))
        }
        let heldOut = whole.twins.count { whole.items[$0.item].isHeldOut }
        #expect((30...50).contains(heldOut), "\(heldOut)")
    }

    /// Every drawing is one pixel: what is asked depends on the words and on which styles there
    /// are, and of these things there is a drawing in each.
    @Test(
        "The prompts in Recipes are those that the recipe asks of each data set",
        arguments: [
            ("dataset.json", "evaluation-prompts.tsv"),
            ("dataset-told.json", "evaluation-prompts-told.tsv"),
        ])
    func listIsWhatIsAsked(dataset: String, list: String) throws {
        let recipes = URL(filePath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appending(path: "Recipes")
        func text(_ name: String) throws -> String {
            try String(contentsOf: recipes.appending(path: name), encoding: .utf8)
        }
        let drawn = try DatasetRecipe.load(recipes.appending(path: dataset).path)
        let table = try ObjectTable.parse(try text("objects.tsv"), file: "objects.tsv")
        let things = drawn.vocabulary.chosen(of: table)
        let dot = Sprite(Picture(width: 1, height: 1, color: [0, 0, 0, 255]))
        let drawings = Dictionary(uniqueKeysWithValues: things.map { ($0.key, dot) })
        let sprites = Dictionary(
            uniqueKeysWithValues: drawn.styles.drawn.map { ($0, drawings) })
        let library = SpriteLibrary(
            manifest: DatasetManifest(
                recipe: drawn, vocabulary: things, spriteSide: 1,
                sprites: sprites.mapValues { $0.keys.sorted() }), sprites: sprites)
        let recipe = try EvaluationConfiguration(
            file: recipes.appending(path: "evaluation.json").path)
        let asked = QuestionWriter.write(library, recipe)
        #expect(asked.items.count { !$0.isHeldOut } == 1000)
        #expect(asked.items.count { $0.isHeldOut } == 1000)
        #expect(asked.listing(Captions(things), seed: recipe.seed) == (try text(list)))
    }
}

@Suite struct VerdictTests {
    @Test(
        arguments: [
            ([1, 9], 0, 1, -0.5), ([9, 1, 4], 1, 1, 0.5), ([0, 4], 0, 1, -1), ([4, 4], nil, 1, 0),
            ([0, 0], nil, 1, 0), ([.infinity, 1], 1, 1, 1), ([1, .infinity], 0, nil, -1),
            ([.infinity, .infinity], nil, nil, 1),
        ] as [([Float], Int?, Int?, Double)])
    func distancesAreWeighed(distances: [Float], choice: Int?, rival: Int?, against: Double) {
        let verdict = Verdict(squaredDistances: distances)
        #expect(verdict.choice == choice && verdict.rival == rival)
        #expect(abs(verdict.against - against) < 1e-9)
    }
}

@Suite struct LanguageComparisonTests {
    private func comparison(_ both: Int, _ english: Int, _ chinese: Int, _ neither: Int)
        -> LanguageComparison
    {
        let answers =
            Array(repeating: (true, true), count: both)
            + Array(repeating: (true, false), count: english)
            + Array(repeating: (false, true), count: chinese)
            + Array(repeating: (false, false), count: neither)
        return LanguageComparison(
            attribute: .color, answers: answers.map { (english: $0.0, chinese: $0.1) })
    }

    @Test("The difference and its interval are those of pairs")
    func differencesOfPairs() {
        // By hand: n 102, (12.5 - 4.5) / 102 = 0.0784, spread 1.96 sqrt(17 - 64 / 102) / 102.
        let found = comparison(70, 4, 12, 14)
        #expect(found.share(.english) == Proportion(right: 74, count: 100))
        #expect(found.share(.chinese) == Proportion(right: 82, count: 100))
        #expect(abs(found.difference - 0.08) < 1e-12)
        #expect(abs(found.interval.lowerBound - 0.00067) < 1e-4)
        #expect(abs(found.interval.upperBound - 0.15619) < 1e-4)
    }

    @Test("All right in both languages does not prove that they are equal")
    func intervalsStayOpen() {
        let (few, many) = (comparison(25, 0, 0, 0), comparison(200, 0, 0, 0))
        #expect(few.difference == 0 && few.interval.upperBound > 0.03)
        #expect(many.interval.upperBound < 0.03 && many.interval.lowerBound > -0.03)
    }
}
