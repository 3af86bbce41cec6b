import PinxitDatasets
import PinxitImages
import PinxitTensors
import Testing

@testable import PinxitEvaluation

/// Made-up models whose figures are known beforehand: no metric may be fooled by them.
@Suite struct ModelTests {
    static let evaluator: Evaluator = {
        var configuration = EvaluationConfiguration()
        configuration.seed = 5
        configuration.count = 36
        configuration.trainingPictures = 300
        configuration.renderings = 2
        configuration.kernelDistance.subsets = 40
        return Evaluator(library: Shapes.library, configuration: configuration)
    }()

    static let embedder = ShapeEmbedder(evaluator)

    /// Paints each prompt by its spec; other seeds than a prompt's own give other jitters.
    static func findings(_ paint: (PictureSpec) -> Picture) async throws -> Findings {
        let items = evaluator.questionnaire.items + evaluator.composedPrompts.items
        let specs = Dictionary(
            items.map { ($0.order, $0.spec) }, uniquingKeysWith: { first, _ in first })
        return try await evaluator.run(batch: 50, embedder: embedder) { orders in
            orders.map { order in
                if let spec = specs[order] { return paint(spec) }
                var spec = embedder.specs[order.prompt]!
                spec.jitter = UInt64(order.seed)
                return paint(spec)
            }
        }.findings
    }

    /// Four standard errors, since many shares are looked at.
    static func expect(_ share: Proportion, atMost chance: Double, _ name: some Any) {
        let error = (chance * (1 - chance) / Double(share.count)).squareRoot()
        #expect(share.value <= chance + 4 * error, "\(name) \(share), chance \(chance)")
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
        for copies in findings.memorisations {
            #expect(copies.shareBelow(quantile: 0.05) <= 0.06, "\(copies.space)")
        }
        #expect(findings.memorisations.map(\.space) == [.pixels, .embedding])
        #expect(findings.rPrecision.map(\.group) == PromptGroup.allCases)
        for row in findings.rPrecision {
            #expect(row.painted.value > 0.95, "\(row)")
            #expect(row.painted == row.real && row.medianRank == 1)
            #expect(abs(row.chance - 0.01) < 1e-9)
        }
        let distance = try #require(findings.kernelDistance)
        let floors = try #require(findings.kernelDistanceFloors)
        #expect(abs(distance.mean) < distance.deviation, "\(distance)")
        #expect(abs(floors.trainingHalves.mean) < floors.trainingHalves.deviation, "\(floors)")
        let diversity = try #require(findings.diversity)
        #expect((0.75...1.33).contains(try #require(diversity.withinRatio)), "\(diversity)")
        #expect((0.95...1.05).contains(diversity.acrossRatio), "\(diversity)")
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
        for row in findings.rPrecision {
            Self.expect(row.painted, atMost: row.chance, "R-precision \(row.group)")
        }
        let diversity = try #require(findings.diversity)
        #expect(try #require(diversity.withinRatio) > 2, "one prompt gives anything")
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
            for row in findings.rPrecision {
                Self.expect(row.painted, atMost: row.chance, "R-precision \(row.group)")
            }
            let diversity = try #require(findings.diversity)
            #expect(diversity.withinPrompts == 0 && diversity.acrossPrompts == 0)
            let distance = try #require(findings.kernelDistance)
            #expect(distance.mean > 10 * distance.deviation, "\(distance)")
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
        for copies in findings.memorisations {
            #expect(copies.shareBelow(quantile: 0.01) == 1, "\(copies.space)")
            // The cosine of a row with itself is one but for rounding.
            #expect(copies.painted.allSatisfy { $0 < 1e-5 }, "\(copies.space)")
            #expect(copies.real[0] > 1e-4, "\(copies.space)")
        }
        #expect(findings.memorisations.count == 2)
        // Real pictures all, so a distance of distributions alone would be fooled.
        let distance = try #require(findings.kernelDistance)
        #expect(distance.mean < 3 * distance.deviation, "\(distance)")
        // 300 training pictures do not show 462 prompts.
        for row in findings.rPrecision { #expect(row.painted.value < 0.6, "\(row)") }
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
