import PinxitDatasets
import Testing

@testable import PinxitEvaluation

@Suite struct QuestionnaireTests {
    private func questionnaire(count: Int, seed: UInt64 = 1) -> Questionnaire {
        var configuration = EvaluationConfiguration()
        configuration.count = count
        configuration.seed = seed
        return QuestionWriter.write(Shapes.library, configuration)
    }

    @Test func seedAloneDecides() {
        let one = questionnaire(count: 20)
        #expect(one.fingerprint == questionnaire(count: 20).fingerprint)
        #expect(one.fingerprint != questionnaire(count: 20, seed: 2).fingerprint)
        let longer = Set(questionnaire(count: 30).items)
        #expect(one.items.allSatisfy(longer.contains))
    }

    @Test("A data set without pictures of three attributes has no composed prompts")
    func nothingComposed() {
        var manifest = Shapes.library.manifest
        manifest.recipe.mix = .init(single: 1, place: 0, pair: 0, count: 0)
        manifest.recipe.colorProbability = 0
        let library = SpriteLibrary(manifest: manifest, sprites: Shapes.library.sprites)
        let evaluator = Evaluator(library: library, configuration: EvaluationConfiguration())
        #expect(evaluator.composedPrompts.items.isEmpty)
        #expect(!evaluator.questionnaire.items.isEmpty)
    }

    @Test func choicesDifferInOneAttribute() {
        let questionnaire = questionnaire(count: 40)
        for question in questionnaire.questions {
            let item = questionnaire.items[question.item]
            #expect(question.choices[0] == item.spec)
            #expect(Set(question.choices).count == question.choices.count)
            for choice in question.choices {
                var same = choice
                switch question.attribute {
                case .color: same.parts[0].color = item.spec.parts[0].color
                case .background: same.background = item.spec.background
                case .count, .position, .side: same.layout = item.spec.layout
                case .style: same.style = item.spec.style
                case .object, .shape: same.parts[0].object = item.spec.parts[0].object
                }
                #expect(same == item.spec)
            }
        }
    }

    /// Otherwise a figure for unseen colours could be spoilt by an unseen background.
    @Test func onlyTheCombinationUnderTestIsHeldOut() {
        let kinds: [Attribute: String] = [
            .color: "objcol", .shape: "objcol", .background: "objbg", .object: "objbg",
            .count: "count", .position: "objpos", .side: "pair", .style: "objstyle",
        ]
        let questionnaire = questionnaire(count: 40)
        var heldOut = 0
        for question in questionnaire.questions {
            let keys = question.choices[0].heldOutKeys.filter(HeldOut.isHeld)
            let item = questionnaire.items[question.item]
            #expect(item.isHeldOut == !keys.isEmpty)
            #expect(keys.allSatisfy { $0.hasPrefix(kinds[question.attribute]!) }, "\(keys)")
            #expect(question.choices[0].heldOutKeys.count <= 1)
            heldOut += keys.isEmpty ? 0 : 1
        }
        #expect(heldOut > 200)
    }

    @Test func valuesAreAskedEquallyOften() {
        let questionnaire = questionnaire(count: 36)
        for attribute in [Attribute.background, .count, .position, .side] {
            var counts: [String: Int] = [:]
            for question in questionnaire.questions
            where question.attribute == attribute && !questionnaire.items[question.item].isHeldOut {
                let value = attribute.value(
                    of: question.choices[0], Captions(Shapes.library.vocabulary))
                counts[value, default: 0] += 1
            }
            #expect(Set(counts.values).count == 1, "\(attribute) \(counts)")
        }
    }

    @Test func bothLanguagesAreAsked() {
        let items = questionnaire(count: 50).items
        let chinese = items.filter { $0.language == .chinese }
        let share = Double(chinese.count) / Double(items.count)
        #expect((0.18...0.32).contains(share), "\(share)")
        #expect(chinese.allSatisfy { $0.order.prompt.contains("东西") })
        #expect(
            items.filter { $0.language == .english }.allSatisfy {
                $0.order.prompt.contains("thing")
            })
    }
}
