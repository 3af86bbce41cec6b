import Pinxit
import PinxitFiles
import PinxitImages

/// One request of a run.
final class PaintSession {
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
        if !output.progress.quiet { telling.explained(page) }
    }

    /// The stages of the first picture, for comparison with other programs.
    private func dump(_ picture: PaintedPicture) throws {
        guard let path = output.dumpLatents, let tensors = picture.tensors, picture.number == 1
        else { return }
        try PictureWriter.dump(tensors, to: path)
    }
}
