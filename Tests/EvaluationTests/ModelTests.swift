import Datasets
import Images
import Tensors
import Testing

@testable import Evaluation

/// Made-up models whose figures are known beforehand: no metric may be fooled by them.
@Suite struct ModelTests {
    static let evaluator: Evaluator = {
        var configuration = EvaluationConfiguration()
        configuration.seed = 5
        configuration.count = 36
        configuration.trainingPictures = 300
        configuration.renderings = 2
        return Evaluator(library: Shapes.library, configuration: configuration)
    }()

    /// Paints each prompt by its spec.
    static func findings(_ paint: (PictureSpec) -> Picture) async throws -> Findings {
        let items = evaluator.questionnaire.items
        let specs = Dictionary(
            items.map { ($0.order, $0.spec) }, uniquingKeysWith: { first, _ in first })
        return try await evaluator.run(batch: 50) { orders in
            orders.map { paint(specs[$0]!) }
        }.findings
    }

    /// Four standard errors, since many shares are looked at.
    static func expect(_ share: Proportion, atMost chance: Double, _ attribute: Attribute) {
        let error = (chance * (1 - chance) / Double(share.count)).squareRoot()
        #expect(share.value <= chance + 4 * error, "\(attribute) \(share), chance \(chance)")
    }

    @Test func perfectModelIsRight() async throws {
        let composer = Shapes.composer()
        let findings = try await Self.findings { composer.render($0, size: 64) }
        for attribute in Attribute.allCases {
            let isAsked = findings.findings.contains { $0.attribute == attribute }
            #expect(isAsked, "\(attribute)")
        }
        for finding in findings.findings {
            #expect(
                finding.painted.value > 0.97, "\(finding.attribute) \(finding.painted.value)")
            #expect(finding.painted == finding.real)
            #expect(finding.painted.count >= 18)
            #expect(finding.unanswered == 0)
        }
        #expect(findings.retrieval.map(\.rank) == [1, 5, 10])
        for row in findings.retrieval { #expect(row.painted.value > 0.97, "\(row.rank)") }
        let memorisation = try #require(findings.memorisation)
        #expect(memorisation.shareBelow(quantile: 0.05) <= 0.06)
    }

    /// Paints something else than was asked.
    @Test func chanceModelIsAtChance() async throws {
        let composer = Composer(library: Shapes.library, seed: 99, split: .everything)
        var number = 0
        let findings = try await Self.findings { _ in
            number += 1
            return composer.render(composer.spec(at: number), size: 64)
        }
        for finding in findings.findings {
            Self.expect(finding.painted, atMost: finding.chance, finding.attribute)
            Self.expect(finding.noise, atMost: finding.chance, finding.attribute)
        }
    }

    /// A model that always paints the same cannot be above chance, in any attribute.
    @Test func constantModelsAreAtChance() async throws {
        let composer = Shapes.composer()
        let key = Shapes.library.vocabulary[3].key
        for constant in [
            PictureSpec(layout: .single, parts: [.init(object: key)]),
            PictureSpec(layout: .count(3), parts: [.init(object: key, color: .green)]),
            PictureSpec(
                layout: .place(.top, .small), parts: [.init(object: key)], background: .blue),
        ] {
            let findings = try await Self.findings { _ in composer.render(constant, size: 64) }
            for finding in findings.findings {
                Self.expect(finding.painted, atMost: finding.chance, finding.attribute)
            }
        }
    }

    @Test func blankModelShowsNothing() async throws {
        let white = Picture(width: 64, height: 64, color: [255, 255, 255])
        let findings = try await Self.findings { _ in white }
        for finding in findings.findings where finding.attribute != .background {
            #expect(finding.painted.right == 0, "\(finding.attribute)")
            #expect(finding.unanswered == finding.painted.count)
        }
        let trained = try #require(findings.finding(.background, isHeldOut: false))
        #expect(trained.painted == Proportion(right: 4, count: 36))
        let heldOut = try #require(findings.finding(.background, isHeldOut: true))
        #expect(heldOut.painted.right == 0)
        for row in findings.retrieval { #expect(row.painted.right == 0) }
    }

    /// Answers with the training picture nearest to what was asked.
    @Test func copycatIsFound() async throws {
        let composer = Shapes.composer()
        let thumbnails = TrainingThumbnails(Shapes.library, count: 300, size: 64)
        let findings = try await Self.findings { spec in
            let wanted = composer.render(spec, size: 64)
            return thumbnails.picture(thumbnails.nearest(to: wanted)!.index, size: 64)
        }
        let memorisation = try #require(findings.memorisation)
        #expect(memorisation.shareBelow(quantile: 0.01) == 1)
        #expect(memorisation.painted.allSatisfy { $0 == 0 })
        #expect(memorisation.real[0] > 0)
    }

    /// A model that knows everything but the objects, and paints the same blob for all.
    @Test func attributesAreReadWhateverTheObject() async throws {
        let composer = Shapes.composer()
        let blob = Shapes.library.vocabulary[0].key
        let findings = try await Self.findings { spec in
            var other = spec
            for part in other.parts.indices { other.parts[part].object = blob }
            other.jitter = ~spec.jitter
            return composer.render(other, size: 64)
        }
        for finding in findings.findings {
            switch finding.attribute {
            case .color, .background, .count, .position, .style:
                #expect(finding.painted.value > 0.9, "\(finding.attribute) \(finding.painted)")
            case .side:
                // Two equal blobs lie on the right axis, but nobody knows which is which.
                Self.expect(finding.painted, atMost: 0.5, finding.attribute)
            case .object, .shape:
                Self.expect(finding.painted, atMost: finding.chance, finding.attribute)
            }
        }
    }
}
