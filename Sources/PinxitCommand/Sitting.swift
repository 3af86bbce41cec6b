import FoundationEssentials
import Pinxit
import PinxitEvaluation
import PinxitFiles
import PinxitImages
import Synchronization

/// A painter with the settings of an evaluation.
struct Sitting {
    let painter: Painter
    /// With everything filled in that the painter chooses itself.
    let request: PaintRequest
    let showsProgress: Bool

    /// - Throws: `PaintError.request` for what the painter cannot do.
    init(painter: Painter, request: PaintRequest, quiet: Bool) throws {
        self.painter = painter
        self.request = try painter.resolved(request)
        showsProgress = !quiet && isTerminal(2)
    }

    /// Paints all that is asked.
    /// - Throws: `Interrupted` after Ctrl-C.
    func paintings(_ evaluator: Evaluator) async throws -> Paintings {
        Interruption.watch()
        let bar = ProgressBar()
        defer { if showsProgress { bar.clear() } }
        return try await evaluator.paintings(
            batch: 1,
            onProgress: { done in
                if showsProgress {
                    bar.draw(painter.folder.name, done: done, total: evaluator.orderCount)
                }
            },
            paint: { orders in
                var pictures: [Picture] = []
                for order in orders {
                    if Interruption.requested.load(ordering: .relaxed) { throw Interrupted() }
                    var own = request
                    (own.prompt, own.seed) = (order.prompt, order.seed)
                    pictures.append(try await painter.paint(own).pictures[0].picture)
                }
                return pictures
            })
    }

    func report(_ evaluator: Evaluator, _ reference: Reference) async throws -> ModelReport {
        let facts = try ModelFacts(painter.folder)
        let paintings = try await paintings(evaluator)
        return ModelReport(
            name: painter.folder.name, family: facts.family, settings: try settings,
            parameters: facts.parameters, trainingHours: facts.trainingHours,
            paintings: paintings, findings: try await evaluator.findings(paintings, reference))
    }

    /// How the pictures are painted, as far as the painter has a choice.
    var settings: [JSONMember] {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = .sortedKeys
            let text = String(decoding: try encoder.encode(request), as: UTF8.self)
            guard case .object(let members) = try JSONValue(parsing: text) else { return [] }
            // What differs from picture to picture, or is always the same.
            return members.filter {
                !["prompt", "negative_prompt", "seed", "count"].contains($0.name)
            }
        }
    }
}
