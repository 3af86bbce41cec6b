import PinxitImages
import PinxitTensors

/// What a family tells while it paints: stages, whose time is taken; steps, which others are told;
/// and where to look for numbers that are not finite. Every step is a place where cancelling ends
/// the work.
///
/// Used on the engine's thread only.
final class PaintWatch: @unchecked Sendable {
    let options: PaintOptions
    private(set) var times = PaintTimes()
    private let request: ResolvedRequest
    private let check: NumericsCheck?
    private let tell: @Sendable (PaintEvent) -> Void
    /// The picture at hand.
    private var number = 1

    init(
        _ request: ResolvedRequest, _ options: PaintOptions,
        tell: @escaping @Sendable (PaintEvent) -> Void
    ) {
        self.request = request
        self.options = options
        self.tell = tell
        check = options.checkingNumerics ? NumericsCheck() : nil
    }

    /// Begins a picture, or what all share.
    func observing<Result>(picture number: Int = 1, _ body: () throws -> Result) throws -> Result {
        self.number = number
        try Engine.checkCancellation()
        guard let check else { return try body() }
        let result = try Engine.observed(by: check, body)
        try verify("text")
        return result
    }

    /// Runs `body` and adds the time it takes to a stage's.
    func measure<Result>(
        _ stage: WritableKeyPath<PaintTimes, Double>, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = ContinuousClock.now
        let result = try body()
        times[keyPath: stage] += (ContinuousClock.now - start) / .seconds(1)
        return result
    }

    /// Counts seconds of the sampling as explaining.
    func move(toExplaining seconds: Double) {
        times.sampling -= seconds
        times.explaining += seconds
    }

    /// - Throws: `PaintError.numerics` if anything so far was not finite.
    func verify(_ stage: String) throws(PaintError) {
        if let found = check?.found { throw .numerics(stage: stage, operation: found) }
    }

    /// The same, and whatever is checked a look at a result.
    ///
    /// - Throws: `PaintError.notFinite` if it holds a number that is not finite.
    func verify(_ result: Tensor, _ stage: String) throws(PaintError) {
        try verify(stage)
        if result.firstNonFinite != nil { throw .notFinite(stage: stage) }
    }

    /// Says that a step is done.
    ///
    /// - Parameter preview: Makes the picture so far; asked only where it is to be told.
    /// - Throws: `CancellationError`, and what `preview` throws.
    func step(_ step: Int, of steps: Int, preview: (() throws -> Picture)? = nil) throws {
        try Engine.checkCancellation()
        let done = PaintStep(
            step: step, steps: steps, picture: number, pictures: request.count,
            seed: request.seed(ofPicture: number))
        tell(.step(done))
        guard let preview, let interval = options.previewInterval, step % interval == 0,
            step < steps
        else { return }
        tell(.preview(try preview(), done))
    }

    /// Whether a picture is the last that will be asked for, so that memory can be given back.
    func isLast(_ number: Int) -> Bool { options.isLast && number == request.count }
}
