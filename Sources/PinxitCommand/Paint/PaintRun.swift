import Pinxit
import Synchronization

/// Requests from the command line, painted, written and told of: what every command that paints has
/// in common.
struct PaintRun: Sendable {
    let requests: [PaintRequest]
    let model: ModelArguments
    let output: OutputArguments
    /// Where pictures go when nobody says.
    let usualOutput: String
    /// What is told of each request before it is painted.
    var notes: [String] = []
    /// Where the settings are another program's: whose they are, and what was asked for besides.
    var foreign: (source: String, asked: PaintRequest)?
    /// Whether the pictures of all requests lie on one sheet, in their order.
    var showsTogether = false

    init(
        request: PaintRequest, model: ModelArguments, output: OutputArguments, usualOutput: String
    ) {
        self.init(requests: [request], model: model, output: output, usualOutput: usualOutput)
    }

    /// - Parameter requests: Of one ability, and at least one.
    init(
        requests: [PaintRequest], model: ModelArguments, output: OutputArguments,
        usualOutput: String
    ) {
        self.requests = requests
        self.model = model
        self.output = output
        self.usualOutput = usualOutput
    }

    func run() async throws {
        let started = ContinuousClock.now
        let given = try model.changes.given()
        let jobs = try requests.map { try model.changes.taken(from: $0, given: given) }
        try output.checkPiped(requests)
        let pattern = try OutputPattern(
            output.isPiped ? usualOutput : output.output ?? usualOutput,
            isAnimation: requests.contains(where: \.isAnimation))
        try checkOutputs(pattern)
        guard requests.count == 1 || output.dumpLatents == nil else {
            throw UsageError("--dump-latents goes with one prompt, not with \(requests.count)")
        }
        let marks = try output.marks.marks
        let telling = ProgressTelling(output.progress.kind)
        let ability = requests.first?.source.ability ?? .text
        let first = Handover(
            try await model.painter(ability, loras: jobs.first?.loras ?? []))
        let loaded = (ContinuousClock.now - started) / .seconds(1)
        telling.loaded(first.name, seconds: loaded)
        try await interruptible {
            var (paths, counted): ([String], Int) = ([], 0)
            var together: [PaintedPicture] = []
            var held = first.take()
            for (number, job) in jobs.enumerated() {
                // One model is let go before another is loaded: two would take twice the memory.
                if held?.loras != job.loras { held = nil }
                let painter =
                    if let held { held } else {
                        try await model.painter(ability, loras: job.loras)
                    }
                held = painter
                if number == 0 { try checkLayouts(jobs, painter) }
                var (request, notes) = (job.request, notes)
                if let foreign {
                    let accepted = painter.accepted(of: request, keeping: foreign.asked)
                    request = accepted.request
                    notes += accepted.notes.map { "\(foreign.source): \($0)" }
                }
                var options = output.options
                options.isLast = number == requests.count - 1
                let session = PaintSession(
                    painter: painter, request: request, options: options, output: output,
                    telling: telling, loaded: loaded,
                    explanations: output.explain.map {
                        ExplanationWriter(
                            folder: $0,
                            isOnly: requests.count == 1 && request.pictures == 1)
                    },
                    writer: PictureWriter(
                        pattern: pattern, request: request, taken: paths, counted: counted,
                        marks: marks),
                    notes: notes)
                session.keepsPictures = showsTogether
                try await session.run()
                paths = session.writer.paths
                counted += request.pictures
                together += session.kept
                if showsTogether, number == requests.count - 1 { try session.writeSheet(together) }
            }
        }
    }
}

/// A painter that is taken once, by whom it is for: nobody else keeps it.
private final class Handover: Sendable {
    let name: String
    private let painter: Mutex<Painter?>

    init(_ painter: Painter) {
        name = painter.folder.name
        self.painter = Mutex(painter)
    }

    func take() -> Painter? {
        painter.withLock { painter in
            defer { painter = nil }
            return painter
        }
    }
}
