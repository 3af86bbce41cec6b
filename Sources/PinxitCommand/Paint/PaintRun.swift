import Pinxit
import PinxitFiles

/// A request from the command line, painted, written and told of: what every command that paints
/// has in common.
struct PaintRun: Sendable {
    let request: PaintRequest
    let model: ModelArguments
    let output: OutputArguments
    /// Where pictures go when nobody says.
    let usualOutput: String

    func run() async throws {
        let started = ContinuousClock.now
        let pattern = try OutputPattern(output.output ?? usualOutput)
        try pattern.checkWritable()
        let painter = try await model.painter(request.source.ability)
        let loaded = (ContinuousClock.now - started) / .seconds(1)
        try await interruptible {
            try await paint(painter, PictureWriter(pattern: pattern, request: request), loaded)
        }
    }

    private func paint(
        _ painter: Painter, _ writer: PictureWriter, _ loaded: Double
    ) async throws {
        let bar = output.quiet || !isTerminal(2) ? nil : ProgressBar()
        defer { bar?.clear() }
        // Pictures are let go as they are written, unless all are needed on one sheet.
        var kept: [PaintedPicture] = []
        var seeds: [UInt32] = []
        for try await event in painter.paint(request, output.options) {
            switch event {
            case .started: break
            case .step(let step): bar?.draw(step)
            case .preview(let picture, let step): try writer.writePreview(picture, step)
            case .picture(let picture):
                seeds.append(picture.seed)
                if !request.isAnimation { try writer.write(picture) }
                if output.grid || request.isAnimation { kept.append(picture) }
                try dump(picture)
            case .finished(let summary):
                bar?.clear()
                if request.isAnimation {
                    try writer.writeAnimation(kept, summary.request, model: painter.folder.name)
                } else if output.grid {
                    try writer.writeGrid(kept, summary.request, model: painter.folder.name)
                }
                try finish(
                    PaintReport(
                        summary: summary, model: painter.folder.name, paths: writer.paths,
                        seeds: seeds, loaded: loaded))
            }
        }
    }

    /// The stages of the first picture, for comparison with other programs.
    private func dump(_ picture: PaintedPicture) throws {
        guard let path = output.dumpLatents, let tensors = picture.tensors, picture.number == 1
        else { return }
        try PictureWriter.dump(tensors, to: path)
    }

    private func finish(_ report: PaintReport) throws {
        for warning in report.summary.warnings { note("note: \(warning)") }
        print(output.json ? try report.json : report.paths.joined(separator: "\n"))
        if output.verbose { report.explain() }
    }
}

extension PaintSource {
    /// What a model must be able to do to paint from it.
    var ability: ModelAbility {
        switch self {
        case .text: .text
        case .variation, .blend: .pictures
        case .interpolation: .interpolation
        }
    }
}

extension PaintRequest {
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
