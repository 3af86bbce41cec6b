import PinxitDatasets
import PinxitFiles
import PinxitImages
import Testing

@testable import PinxitEvaluation

/// Made-up models that are wrong in ways that must be found.
@Suite struct HonestyTests {
    static let evaluator: Evaluator = {
        var configuration = EvaluationConfiguration()
        configuration.seed = 5
        configuration.trainingPictures = 60
        configuration.renderings = 2
        configuration.composed = 0
        configuration.variedPrompts = 0
        configuration.variedPictures = 4
        configuration.blendedPairs = 5
        var whole = WholeForm()
        (whole.trained, whole.heldOut, whole.paired) = (90, 90, 20)
        configuration.whole = whole
        return Evaluator(library: Shapes.library, configuration: configuration)
    }()

    /// Paints prompts in either language by their spec.
    private func paintings(
        _ paint: (PictureSpec, CaptionLanguage, Int) -> Picture
    ) async throws -> Paintings {
        let asked = Self.evaluator.questionnaire
        var number = -1
        return try await Self.evaluator.paintings(batch: 40) { orders in
            orders.map { _ in
                number += 1
                guard number >= asked.items.count else {
                    let item = asked.items[number]
                    return paint(item.spec, item.language, number)
                }
                let item = asked.items[asked.twins[number - asked.items.count].item]
                return paint(item.spec, item.language.other, number)
            }
        }
    }

    @Test("Variations are asked of every value of an attribute, of what is held out too")
    func variationsAreEven() {
        var configuration = EvaluationConfiguration()
        (configuration.count, configuration.variedPictures) = (50, 25)
        let evaluator = Evaluator(library: Shapes.library, configuration: configuration)
        let asked = evaluator.variationQuestions
        let captions = Captions(Shapes.library.vocabulary)
        for attribute in [Attribute.color, .count, .position, .side, .style] {
            let items = asked.questions.filter { $0.attribute == attribute }
                .map { asked.items[$0.item] }
            let whole = evaluator.questionnaire
            let all = whole.items(paintedFor: attribute).map { whole.items[$0] }
            func values(_ items: [Item]) -> Set<String> {
                Set(items.map { "\($0.isHeldOut) \(attribute.value(of: $0.spec, captions))" })
            }
            #expect(items.count == 25, "\(attribute)")
            #expect(values(items) == values(all), "\(attribute)")
        }
    }

    @Test("A model that is blind in one language is told from one that reads both")
    func languagesAreTold() async throws {
        let composer = Shapes.composer()
        let reference = try await Self.evaluator.reference(size: 64)
        let blank = Picture(width: 64, height: 64, color: [255, 255, 255])
        let fluent = try await Self.evaluator.findings(
            try await paintings { spec, _, _ in composer.render(spec, size: 64) }, reference)
        #expect(fluent.languages.map(\.attribute) == Attribute.allCases)
        for found in fluent.languages {
            #expect(found.count >= 20, "\(found.attribute)")
            #expect(found.onlyEnglish == 0 && found.onlyChinese == 0, "\(found.attribute)")
            #expect(found.interval.contains(0))
        }
        let blind = try await Self.evaluator.findings(
            try await paintings { spec, language, _ in
                language == .english ? composer.render(spec, size: 64) : blank
            }, reference)
        for found in blind.languages where found.attribute != .background {
            #expect(found.difference < -0.9, "\(found)")
            #expect(found.interval.upperBound < -0.5, "\(found)")
        }
        #expect(blind.table.contains("zh - en"))
    }

    @Test("The picture that shows something else is the worst, and is shown and listed")
    func worstIsFound() async throws {
        let composer = Shapes.composer()
        let asked = Self.evaluator.questionnaire
        let wrong = try #require(asked.questions.first { $0.attribute == .position })
        let reference = try await Self.evaluator.reference(size: 64)
        let paintings = try await paintings { spec, _, number in
            composer.render(number == wrong.item ? wrong.choices[3] : spec, size: 64)
        }
        let findings = try await Self.evaluator.findings(paintings, reference)
        #expect(findings.worst.count == 9)
        #expect(findings.worst[0].question == wrong && !findings.worst[0].isRight)
        #expect(findings.worst[0].rival == 3 && findings.worst[0].against > 0)
        #expect(
            zip(findings.worst, findings.worst.dropFirst()).allSatisfy { $0.against >= $1.against })
        let sheet = try #require(Self.evaluator.worstSheet(paintings, findings, reference))
        #expect(sheet.width == 8 + 4 * (2 + 3 * 66 + 8))
        let json = try JSONValue(
            parsing: findings.json(
                model: "one mistake", library: Shapes.library,
                configuration: Self.evaluator.configuration, settings: []
            ).encoded())
        guard case .array(let worst) = json["worst"], case .array(let nearest) = json["nearest"]
        else {
            Issue.record("worst and nearest are lists")
            return
        }
        #expect(worst.count == 9 && nearest.count == 5)
        #expect(nearest[0]["training_caption"]?.kind == JSONValue.string("").kind)
    }

    @Test("What looks copied stands first on the sheet of nearest pictures")
    func copiesAreShown() async throws {
        let composer = Shapes.composer()
        let asked = Self.evaluator.questionnaire
        let copier = try #require(asked.items.firstIndex { $0.isHeldOut })
        let reference = try await Self.evaluator.reference(size: 64)
        let paintings = try await paintings { spec, _, number in
            number == copier
                ? reference.trainingPicture(7, size: 64) : composer.render(spec, size: 64)
        }
        let findings = try await Self.evaluator.findings(paintings, reference)
        let found = try #require(findings.memorisation(.pixels))
        #expect(found.nearest[0].item == copier && found.nearest[0].training == 7)
        #expect(found.nearest[0].distance == 0 && found.looksCopied(found.nearest[0]))
        #expect(Self.evaluator.nearestSheet(paintings, findings, reference) != nil)
    }

    @Test(
        "A model that returns the pictures it is given varies and blends rightly, one that paints another thing does not"
    )
    func variationsAreJudged() async throws {
        let reference = try await Self.evaluator.reference(size: 64)
        var paintings = try await paintings { _, _, _ in Picture.noise(side: 64, seed: 1) }
        paintings.fromPictures = try await Self.evaluator.picturePaintings { order in
            #expect(order.pictures.count == 1 || order.share == 0.25)
            return order.pictures[0]
        }
        let faithful = try await Self.evaluator.findings(paintings, reference).fromPictures
        #expect(faithful.filter { $0.kind == .vary }.map(\.attribute) == Attribute.allCases)
        for found in faithful {
            #expect(found.painted.value > 0.7 && found.chance <= 0.5, "\(found)")
        }
        let blend = try #require(faithful.first { $0.kind == .blend })
        #expect(blend.attribute == .object && blend.painted.count == 10)

        // The other picture of each pair, and of one picture something blank.
        paintings.fromPictures = try await Self.evaluator.picturePaintings { order in
            order.pictures.count == 2
                ? order.pictures[1] : Picture(width: 64, height: 64, color: [255, 255, 255])
        }
        let wrong = try await Self.evaluator.findings(paintings, reference).fromPictures
        for found in wrong where found.attribute != .background {
            #expect(found.painted.right == 0, "\(found)")
        }
        #expect(Self.evaluator.blendQuestions.questions.allSatisfy { $0.choices.count == 10 })
    }
}
