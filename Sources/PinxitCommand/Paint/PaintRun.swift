import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitPlatform
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

    /// A request without the LoRAs its prompt names, and what it is painted with.
    private struct Job: Sendable {
        let request: PaintRequest
        let loras: [LoRA]

        init(_ request: PaintRequest, _ arguments: LoRAArguments, _ given: [LoRA]) throws {
            var request = request
            let taken = try LoRATag.taken(from: request.prompt)
            request.prompt = taken.prompt
            self.request = request
            loras = given + (try arguments.named(taken.tags))
        }
    }

    func run() async throws {
        let started = ContinuousClock.now
        let given = try model.changes.given()
        let jobs = try requests.map { try Job($0, model.changes, given) }
        if output.isPiped { try checkPiped() }
        let pattern = try OutputPattern(
            output.isPiped ? usualOutput : output.output ?? usualOutput,
            isAnimation: requests.contains(where: \.isAnimation))
        try checkOutputs(pattern)
        guard requests.count == 1 || output.dumpLatents == nil else {
            throw UsageError("--dump-latents goes with one prompt, not with \(requests.count)")
        }
        let marks = try output.marks.marks
        let telling = ProgressTelling(output.quiet ? ProgressKind.none : output.progress)
        let ability = requests.first?.source.ability ?? .text
        let first = Handover(
            try await model.painter(ability, loras: jobs.first?.loras ?? []))
        let loaded = (ContinuousClock.now - started) / .seconds(1)
        telling.loaded(first.name, seconds: loaded)
        try await interruptible {
            var paths: [String] = []
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
                            isOnly: requests.count == 1
                                && request.source.pictureCount ?? request.count == 1)
                    },
                    writer: PictureWriter(
                        pattern: pattern, request: request, taken: paths, marks: marks),
                    notes: notes)
                session.keepsPictures = showsTogether
                try await session.run()
                paths = session.writer.paths
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

extension PaintRun {
    /// One picture, and nothing else, goes to standard output.
    private func checkPiped() throws {
        guard requests.count == 1, requests[0].source.pictureCount ?? requests[0].count == 1,
            !requests[0].isAnimation
        else { throw UsageError("--output -: one picture is accepted") }
        for (name, isGiven) in [
            ("--grid", output.grid), ("--json", output.json),
            ("--previews", output.previews != nil),
        ] where isGiven {
            throw UsageError("--output - goes without \(name)")
        }
        guard !isTerminal(1) else {
            throw UsageError("--output -: standard output is a terminal; send it to a program")
        }
    }
}

/// One request of a run.
private final class PaintSession {
    let writer: PictureWriter
    private let painter: Painter
    private let request: PaintRequest
    private let options: PaintOptions
    private let output: OutputArguments
    private let telling: ProgressTelling
    private let loaded: Double
    private let notes: [String]
    private let explanations: ExplanationWriter?
    /// Pictures are let go as they are written, unless all are needed on one sheet.
    private(set) var kept: [PaintedPicture] = []
    var keepsPictures = false
    private var seeds: [UInt32] = []
    private var told: [String] = []
    private var warnings: [String] = []
    private var resolved: ResolvedRequest?

    init(
        painter: Painter, request: PaintRequest, options: PaintOptions, output: OutputArguments,
        telling: ProgressTelling, loaded: Double, explanations: ExplanationWriter?,
        writer: PictureWriter, notes: [String]
    ) {
        self.notes = notes
        self.painter = painter
        self.request = request
        self.options = options
        self.output = output
        self.telling = telling
        self.loaded = loaded
        self.explanations = explanations
        self.writer = writer
    }

    func run() async throws {
        // A stream whose task is cancelled throws nothing and ends.
        defer { telling.clear() }
        do {
            for try await event in painter.paint(request, options) { try take(event) }
            try Task.checkCancellation()
        } catch {
            // What was finished is there, and whoever reads JSON should know where.
            if let resolved, output.json, !writer.ownPaths.isEmpty {
                try report(PaintSummary(stopped: resolved, warnings: warnings), isStopped: true)
            }
            throw error
        }
    }

    private func take(_ event: PaintEvent) throws {
        switch event {
        case .started(let request):
            resolved = request
            telling.started(request)
            warn(notes)
            warn(painter.warnings(about: request))
        case .step(let step): telling.step(step)
        case .preview(let picture, let step): try writer.writePreview(picture, step)
        case .picture(let picture):
            seeds.append(picture.seed)
            if output.isPiped {
                try writeToStandardOutput(try picture.png(marks: writer.marks))
            } else if !request.isAnimation {
                try writer.write(picture)
            }
            if output.grid || request.isAnimation || keepsPictures { kept.append(picture) }
            try dump(picture)
            try tellPaths()
            try explain(picture)
        case .finished(let summary): try finish(summary)
        }
    }

    private func finish(_ summary: PaintSummary) throws {
        telling.clear()
        if request.isAnimation {
            try writer.writeAnimation(kept, summary.request, model: painter.folder.name)
        } else if output.grid, !keepsPictures {
            try writer.writeGrid(kept, summary.request, model: painter.folder.name)
        }
        try tellPaths()
        warn(summary.warnings)
        telling.finished(summary)
        if output.json || output.verbose { try report(summary) }
    }

    /// The paths that have not been told; each goes out at once, to be there after Ctrl-C too.
    private func tellPaths() throws {
        for path in writer.ownPaths.dropFirst(told.count) {
            told.append(path)
            telling.clear()
            telling.written(path)
            guard !output.json, !isStandardOutput(path) else { continue }
            print(path)
            try flushStandardOutput()
        }
    }

    private func warn(_ texts: [String]) {
        for text in texts where !warnings.contains(text) {
            warnings.append(text)
            telling.warning(text)
        }
    }

    private func report(_ summary: PaintSummary, isStopped: Bool = false) throws {
        let report = PaintReport(
            summary: summary, notes: notes, model: painter.folder.name, paths: writer.ownPaths,
            seeds: seeds,
            loaded: loaded, isStopped: isStopped)
        if output.json {
            print(try report.json)
            try flushStandardOutput()
        }
        if output.verbose { report.explain() }
    }

    /// Pictures of several requests on one sheet: each request's in a column, if it has several.
    func writeSheet(_ pictures: [PaintedPicture]) throws {
        guard let resolved, !output.isPiped else { return }
        let rows = resolved.count
        let ordered = (0..<rows).flatMap { row in
            stride(from: row, to: pictures.count, by: rows).map { pictures[$0] }
        }
        try writer.writeGrid(
            ordered, columns: rows == 1 ? nil : pictures.count / rows, resolved,
            model: painter.folder.name)
        try tellPaths()
    }

    private func explain(_ picture: PaintedPicture) throws {
        guard
            let page = try explanations?.write(
                picture, of: output.isPiped ? nil : writer.ownPaths.last)
        else { return }
        if !output.quiet { telling.explained(page) }
    }

    /// The stages of the first picture, for comparison with other programs.
    private func dump(_ picture: PaintedPicture) throws {
        guard let path = output.dumpLatents, let tensors = picture.tensors, picture.number == 1
        else { return }
        try PictureWriter.dump(tensors, to: path)
    }
}

extension PaintSource {
    /// How many pictures it says there are, where it says so.
    fileprivate var pictureCount: Int? {
        if case .blend(_, _, let places, _) = self { places.count } else { nil }
    }

    /// What a model must be able to do to paint from it.
    var ability: ModelAbility {
        switch self {
        case .text, .image, .inpaint: .text
        case .variation, .blend: .pictures
        case .interpolation: .interpolation
        }
    }
}

extension PaintRun {
    /// Fails early where something could not be written.
    private func checkOutputs(_ pattern: OutputPattern) throws {
        guard !pattern.isGIF || output.previews == nil else {
            throw UsageError("--previews are no .gif files; --output with a .png is accepted")
        }
        for request in requests where !output.isPiped {
            try pattern.check(
                prompt: request.shown, suffix: longestSuffix,
                count: output.grid ? 1 : request.count)
        }
        guard let path = output.dumpLatents else { return }
        guard
            !pattern.isLiteral || isStream(path)
                || URL(filePath: path).standardized != URL(filePath: pattern.text).standardized
        else {
            throw UsageError("--dump-latents \(path): the picture gets that name; choose another")
        }
        do {
            try checkWritable(path)
        } catch {
            throw OutputError("--dump-latents \(error)")
        }
    }

    /// The longest that is put behind a name.
    private var longestSuffix: String {
        output.previews != nil ? "-step100000" : output.grid ? "-grid" : ""
    }
}

extension PaintRequest {
    /// What names of files say of it.
    var shown: String {
        guard case .interpolation(let others, _) = source else { return prompt }
        return ([prompt] + others).joined(separator: " ")
    }

    /// Whether its pictures are the frames of one file.
    var isAnimation: Bool {
        if case .interpolation = source { true } else { false }
    }
}

extension ProgressBar {
    /// Shows how far painting is.
    func draw(_ step: PaintStep) {
        let label =
            step.pictures > 1 ? "picture \(step.picture) of \(step.pictures)" : "painting"
        draw(
            label, done: (step.picture - 1) * step.steps + step.step,
            total: step.pictures * step.steps)
    }
}
