import PinxitTensors

/// The one loop over the pictures of a request, for every family.
///
/// Each picture is a turn of its own with the engine: requests that wait come in between, and leave
/// the queue at once when they are cancelled. What is finished is handed on and not kept.
struct PaintLoop: Sendable {
    let plan: PaintPlan
    let options: PaintOptions
    /// The model's name.
    let model: String
    /// What is known to come wrong before painting.
    let warnings: [String]
    let tell: @Sendable (PaintEvent) -> Void

    /// - Throws: `PaintError.notFinite`; `PaintError.numerics` if that is checked;
    ///   `CancellationError`.
    func run() async throws -> PaintSummary {
        let (plan, request) = (plan, plan.request)
        let watch = PaintWatch(request, options, tell: tell)
        tell(.started(request))
        let prepared = try await Engine.turn {
            try watch.observing { Prepared(painter: try plan.prepare(watch)) }
        }
        for number in 1...request.count {
            let picture = try await Engine.turn { [model] in
                let image = try watch.observing(picture: number) {
                    try prepared.painter.paint(
                        number, seed: request.seed(ofPicture: number), watch)
                }
                return PaintedPicture(
                    picture: image.picture, number: number,
                    request: request.alone(picture: number), model: model, tensors: image.tensors,
                    explanation: image.explanation)
            }
            tell(.picture(picture))
        }
        let summary = PaintSummary(
            request: request, times: watch.times, warnings: warnings + prepared.painter.warnings)
        tell(.finished(summary))
        return summary
    }

    /// A painter between the turns in which it is used, all on the engine's thread.
    private struct Prepared: @unchecked Sendable {
        let painter: any PicturePainter
    }
}
