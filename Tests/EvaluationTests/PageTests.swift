import Foundation
import PinxitDatasets
import PinxitFiles
import PinxitImages
import Testing

@testable import PinxitEvaluation

@Suite struct PageTests {
    private static let attack = "<script>alert('1')</script> & \"x\""

    private func report() async throws -> Report {
        var configuration = EvaluationConfiguration()
        configuration.count = 4
        configuration.trainingPictures = 30
        configuration.composed = 9
        configuration.candidates = 5
        configuration.variedPrompts = 3
        configuration.variedSeeds = 2
        configuration.gridPrompts = ["a thing1", Self.attack, "一个东西2"]
        configuration.gridSeeds = [1, 2]
        let evaluator = Evaluator(library: Shapes.library, configuration: configuration)
        let reference = try await evaluator.reference(
            size: 32, embedder: ShapeEmbedder(evaluator))
        var models: [ModelReport] = []
        for (name, side) in [("one", 64), (Self.attack, 48)] {
            let paintings = try await evaluator.paintings(batch: 7) { orders in
                orders.map { Picture.noise(side: side, seed: UInt64($0.seed)) }
            }
            models.append(
                ModelReport(
                    name: name, family: "Noise",
                    settings: [JSONMember("steps", 1), JSONMember("sampler", "<i>")],
                    parameters: 1_234_567, trainingHours: side == 64 ? 1.5 : nil,
                    paintings: paintings,
                    findings: try await evaluator.findings(paintings, reference)))
        }
        return Report(
            evaluator: evaluator, reference: reference, embedder: "shapes", models: models)
    }

    /// One page, nothing from elsewhere, and no text becomes markup.
    @Test func pageIsWholeAndEscaped() async throws {
        let report = try await report()
        let page = try report.html()
        #expect(page.hasPrefix("<!DOCTYPE html>"))
        #expect(!page.contains("<script"))
        #expect(!page.contains("http"))
        #expect(
            page.contains("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt; &amp; &quot;x&quot;"))
        #expect(page.contains("<span lang=\"zh\">一个东西2</span>"))
        #expect(page.contains("(Noise): steps 1, sampler &lt;i&gt;</li>"))
        let images = page.components(separatedBy: "<img ").dropFirst()
        #expect(images.count > 60)
        #expect(
            images.allSatisfy {
                $0.hasPrefix("src=\"data:image/png;base64,iVBOR") && $0.contains(" alt=\"")
            })
        for tag in ["table", "tr", "th", "td", "section", "div", "figure", "dl", "span"] {
            let opened =
                page.components(separatedBy: "<\(tag) ").count
                + page.components(separatedBy: "<\(tag)>").count - 2
            #expect(opened == page.components(separatedBy: "</\(tag)>").count - 1, "\(tag)")
        }
        for row in report.models[0].findings.rows {
            #expect(page.contains(">\(row.title)</th>"), "\(row.title)")
        }
    }

    @Test("What the figures mean is said with the numbers of the data set and the configuration")
    func numbersOfMeanings() async throws {
        var manifest = Shapes.library.manifest
        manifest.recipe.styles.flat = 0.1
        manifest.recipe.largestCount = 6
        let library = SpriteLibrary(manifest: manifest, sprites: Shapes.library.sprites)
        var configuration = EvaluationConfiguration()
        configuration.count = 1
        configuration.trainingPictures = 0
        configuration.composed = 0
        configuration.distractors = 4
        configuration.candidates = 49
        for (library, styles, most) in [(Shapes.library, 3, 4), (library, 4, 6)] {
            let evaluator = Evaluator(library: library, configuration: configuration)
            let report = Report(
                evaluator: evaluator, reference: try await evaluator.reference(size: 16),
                embedder: nil, models: [])
            let texts = report.explanations.map(\.text).joined(separator: "\n")
            for words in [
                "one to \(most) things", "\(styles) styles, 5 random things",
                "asked among 5, ", "one in 50, ",
            ] { #expect(texts.contains(words), "\(words)") }
        }
    }

    @Test func reportHasAllFigures() async throws {
        let report = try await report()
        let json = try JSONValue(parsing: report.json.encoded())
        guard case .array(let models) = json["models"], models.count == 2 else {
            Issue.record("two models")
            return
        }
        for name in ["attributes", "r_precision"] {
            guard case .array(let rows) = models[1][name], !rows.isEmpty else {
                Issue.record("\(name) is a list")
                return
            }
        }
        for name in ["kernel_distance", "memorisation", "memorisation_by_embedding", "diversity"] {
            guard case .object = models[1][name] else {
                Issue.record("\(name) is there")
                return
            }
        }
        #expect(models[0]["training_hours"]?.kind == "a number")
        #expect(models[1]["training_hours"]?.kind == JSONValue.null.kind)
        let table = report.table.split(separator: "\n")
        #expect(table.count == 1 + report.models[0].findings.rows.count + 4)
        #expect(table.last?.contains("not said") == true)
        #expect(report.table.contains("64x64") && report.table.contains("48x48"))
    }

    @Test func withoutEmbedderNothingIsInvented() async throws {
        var configuration = EvaluationConfiguration()
        configuration.count = 2
        configuration.trainingPictures = 0
        configuration.variedPrompts = 0
        configuration.composed = 0
        let evaluator = Evaluator(library: Shapes.library, configuration: configuration)
        let findings = try await evaluator.run { orders in
            orders.map { Picture.noise(side: 32, seed: UInt64($0.seed)) }
        }.findings
        #expect(findings.rPrecision.isEmpty && findings.kernelDistance == nil)
        #expect(findings.memorisations.isEmpty && findings.diversity == nil)
        #expect(!findings.table.contains("KID"))
    }
}
