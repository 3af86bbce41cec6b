import PinxitFiles
import PinxitImages
import Testing

@testable import PinxitDatasets
@testable import PinxitEvaluation

@Suite struct ThingExaminationTests {
    private let library = Shapes.library

    private func examination(pictures: Int) -> ThingExamination {
        var configuration = EvaluationConfiguration()
        configuration.seed = 5
        return ThingExamination(
            library: library, configuration: configuration, pictures: pictures)
    }

    /// A painter who draws what it is asked for, but for some things another.
    private func run(
        _ examination: ThingExamination, drawing others: [Int: Int] = [:], seeds: Set<UInt32> = []
    ) async throws -> ThingFindings {
        let captions = Captions(library.vocabulary)
        let composer = Shapes.composer()
        return try await examination.run { orders in
            orders.map { order in
                let asked = library.vocabulary.firstIndex { entry in
                    CaptionLanguage.allCases.contains {
                        captions.caption(.plain(entry.key), language: $0) == order.prompt
                    }
                }!
                if seeds.contains(order.seed) {
                    return Picture(width: 64, height: 64, color: [255, 255, 255])
                }
                let drawn = library.vocabulary[others[asked] ?? asked]
                return composer.render(.plain(drawn.key, jitter: UInt64(order.seed)), size: 64)
            }
        }
    }

    @Test("Every thing is asked so many times, in both languages, from noises of their own")
    func orders() {
        let orders = examination(pictures: 4).orders
        #expect(orders.count == 120)
        #expect(orders[0].prompt == orders[2].prompt && orders[1].prompt == orders[3].prompt)
        #expect(orders[0].prompt == "a thing0" && orders[1].prompt.contains("东西0"))
        #expect(Set(orders.map(\.seed)).count == 120)
        // More pictures are asked for beside those, not in their place.
        #expect(examination(pictures: 2).orders[0...1] == orders[0...1])
    }

    @Test("What was only taught in one language is only asked in it", arguments: [0, 1])
    func oneLanguage(_ share: Double) {
        var manifest = library.manifest
        manifest.recipe.chineseShare = share
        let orders = ThingExamination(
            library: SpriteLibrary(manifest: manifest, sprites: [:]),
            configuration: EvaluationConfiguration(), pictures: 2
        ).orders
        #expect(orders.allSatisfy { $0.prompt.contains("东西") == (share == 1) })
    }

    @Test("Who draws what it is asked for is right in all, and who draws another is told of it")
    func figures() async throws {
        let examination = examination(pictures: 2)
        let right = try await run(examination)
        #expect(right.choices == 10 && right.size == 64)
        #expect(right.figures.allSatisfy { $0.told == Proportion(right: 2, count: 2) })
        #expect(right.figures.allSatisfy { $0.first.right == 2 && $0.mistakenFor == nil })
        #expect(right.missed(below: 1) == [])

        // One thing is another, and of a third one picture is empty.
        let found = try await run(
            examination, drawing: [3: 8], seeds: [examination.orders[2 * 11].seed])
        #expect(found.figures[3].first == Proportion(right: 0, count: 2))
        #expect(found.figures[3].mistakenFor == library.vocabulary[8])
        #expect(found.figures[11].told == Proportion(right: 1, count: 2))
        #expect(found.figures[11].mistakenFor == nil)
        #expect(found.missed(below: 0.75).contains(library.vocabulary[11]))
        #expect(!found.missed(below: 0.5).contains(library.vocabulary[11]))
        #expect(found.figures[8].first.right == 2)
    }

    @Test("The table lists what is missed, the worst first; the report holds every thing")
    func report() async throws {
        let examination = examination(pictures: 2)
        let found = try await run(
            examination, drawing: [3: 8], seeds: Set(examination.orders[22...23].map(\.seed)))
        let lines = found.table(below: 0.75).split(separator: "\n").map(String.init)
        #expect(lines[0].contains("among 10") && lines[0].contains("mistaken for"))
        #expect(lines[1].hasPrefix("all 30 things"))
        #expect(lines.contains { $0.hasPrefix("thing11 ") && $0.contains("0 of 2") })
        let json = found.json(model: "fake", settings: [])
        guard case .array(let things) = json["things"] else {
            Issue.record("things are a list")
            return
        }
        #expect(things.count == 30)
        let third = things[3].encoded()
        #expect(third.contains("\"mistaken_for\": \"thing8\""), "\(third)")
        #expect(things[3]["first"]?.encoded().contains("\"right\": 0") == true, "\(third)")
        #expect(try #require(found.sheet(columns: 10)).width == 4 + 10 * 68)
    }
}
