import Pinxit
import PinxitEvaluation
import PinxitFiles
import PinxitImages

/// A painter with the settings of an evaluation.
struct Sitting {
    let painter: Painter
    /// With everything filled in that the painter chooses itself.
    let request: PaintRequest
    let showsProgress: Bool
    /// As it was asked for: from pictures, other settings may be usual.
    private let asked: PaintRequest

    /// - Throws: `PaintError.request` for what the painter cannot do.
    init(painter: Painter, request: PaintRequest, quiet: Bool) throws {
        self.painter = painter
        asked = request
        self.request = try painter.resolved(request).request
        showsProgress = !quiet && canRedraw()
    }

    /// The shorter side of its pictures.
    var side: Int { min(request.width ?? 512, request.height ?? 512) }

    /// Paints all that is asked.
    /// - Throws: `Interrupted` after Ctrl-C.
    func paintings(_ evaluator: Evaluator) async throws -> Paintings {
        var paintings = try await showingProgress(of: evaluator.orderCount) {
            try await evaluator.paintings(batch: 1, onProgress: $0, paint: paint)
        }
        if paintsFromPictures {
            paintings.fromPictures = try await showingProgress(of: evaluator.pictureOrderCount) {
                try await evaluator.picturePaintings(onProgress: $0, paint: paint)
            }
        }
        return paintings
    }

    /// Whether the painter varies and blends pictures.
    private var paintsFromPictures: Bool {
        var own = asked
        own.source = .variation(
            Picture(width: side, height: side, color: [255, 255, 255]), noiseLevel: 0)
        return (try? painter.resolved(own)) != nil
    }

    /// Paints all that is asked of a folder.
    /// - Throws: `Interrupted` after Ctrl-C.
    func paintings(_ evaluator: FolderEvaluator) async throws -> FolderPaintings {
        try await showingProgress(of: evaluator.orderCount) {
            try await evaluator.paintings(batch: 1, onProgress: $0, paint: paint)
        }
    }

    /// Paints and judges every thing.
    /// - Throws: `Interrupted` after Ctrl-C.
    func findings(_ examination: ThingExamination) async throws -> ThingFindings {
        try await showingProgress(of: examination.orders.count) {
            try await examination.run(onProgress: $0, paint: paint)
        }
    }

    private func showingProgress<Result>(
        of total: Int, _ body: ((Int) -> Void) async throws -> Result
    ) async throws -> Result {
        let bar = ProgressBar()
        defer { if showsProgress { bar.clear() } }
        return try await body { done in
            if showsProgress { bar.draw(painter.folder.name, done: done, total: total) }
        }
    }

    private func paint(_ orders: [PaintingOrder]) async throws -> [Picture] {
        var pictures: [Picture] = []
        for order in orders { pictures.append(try await paint(order)) }
        return pictures
    }

    private func paint(_ order: PaintingOrder) async throws -> Picture {
        var own = request
        (own.prompt, own.seed) = (order.prompt, order.seed)
        return try await paint(own)
    }

    private func paint(_ order: PictureOrder) async throws -> Picture {
        var own = asked
        (own.prompt, own.seed) = ("", order.seed)
        own.source =
            order.pictures.count == 1
            ? .variation(order.pictures[0])
            : .blend(order.pictures[0], order.pictures[1], at: [order.share])
        return try await paint(own)
    }

    private func paint(_ request: PaintRequest) async throws -> Picture {
        try await interruptible { [painter] in
            try await painter.paint(request).pictures[0].picture
        }
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
            guard case .object(let members) = try JSONValue(parsing: try request.json()) else {
                return []
            }
            // What differs from picture to picture, or is always the same.
            return members.filter {
                !["prompt", "negative_prompt", "seed", "count"].contains($0.name)
            }
        }
    }
}
