import Images
import Samplers
import Tensors

/// Paints pictures with one model.
///
///     let painter = try await Painter(folder: "Models/pinxit-small")
///     let painting = try await painter.paint(PaintRequest(prompt: "a red apple"))
///     try painting.pictures[0].picture.write(to: "apple.png")
public final class Painter: Sendable {
    public let folder: ModelFolder
    let model: LatentDiffusion

    /// Loads a model in the diffusers layout.
    ///
    /// - Parameter lowMemory: Whether weights stay in their files and are brought in for every use. The pictures are the
    ///   same; a step takes longer.
    /// - Throws: `PaintError`, `FileError` or `MismatchedCheckpoint`, each naming the file and what
    ///   would be accepted.
    public init(folder path: String, lowMemory: Bool = false) async throws {
        let folder = try ModelFolder(path)
        self.folder = folder
        model = try await Engine.run {
            try LatentDiffusion(folder: folder.path, isStreamed: lowMemory)
        }
    }

    /// Paints the pictures of a request, one after the other.
    ///
    /// Cancelling the task, or throwing from `onProgress`, ends it after the step at hand.
    /// - Parameters:
    ///   - keepingTensors: Whether pictures come with their noise, latents and decoded numbers.
    ///   - checkingNumerics: Whether every operation's result is searched for numbers that are not finite.
    ///   - onProgress: Called on the engine's thread after each step and each picture.
    /// - Throws: `PaintError.request` for what the model cannot do; `PaintError.numerics` if that is checked;
    ///   `CancellationError`.
    public func paint(
        _ request: PaintRequest, keepingTensors: Bool = false, checkingNumerics: Bool = false,
        onProgress: @escaping @Sendable (PaintProgress) throws -> Void = { _ in }
    ) async throws -> Painting {
        let request = try resolved(request)
        let model = model
        let scheduler = folder.scheduler
        return try await Engine.run {
            let session = PaintSession(
                model: model, scheduler: scheduler, request: request, keeping: keepingTensors,
                checkingNumerics: checkingNumerics)
            return try session.run(onProgress)
        }
    }

    /// The request with everything filled in, checked against the model.
    public func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest {
        var result = request
        result.width = try side(request.width, "width")
        result.height = try side(request.height, "height")
        result.steps = request.steps ?? folder.usualSteps
        result.guidanceScale = request.guidanceScale ?? folder.usualGuidance
        result.seed = request.seed ?? UInt32.random(in: 0...UInt32.max)
        result.sampler = request.sampler ?? folder.scheduler.sampler
        result.precision = request.precision ?? .usual
        let most = folder.scheduler.trainTimesteps
        guard (1...most).contains(result.steps!) else {
            throw .request(field: "steps", problem: "\(result.steps!) is not from 1 to \(most)")
        }
        guard result.guidanceScale!.isFinite, (0...100).contains(result.guidanceScale!) else {
            throw .request(
                field: "guidance scale", problem: "\(result.guidanceScale!) is not from 0 to 100")
        }
        if let interval = result.guidanceInterval,
            interval.lowerBound < 0 || interval.upperBound > 1
        {
            throw .request(
                field: "guidance interval", problem: "\(interval) is not within 0 to 1")
        }
        if let every = result.deepCacheInterval, !(1...1000).contains(every) {
            throw .request(
                field: "deep cache interval", problem: "\(every) is not from 1 to 1000")
        }
        guard (1...10_000).contains(result.count) else {
            throw .request(field: "count", problem: "\(result.count) is not from 1 to 10000")
        }
        return result
    }

    private func side(_ size: Int?, _ field: String) throws(PaintError) -> Int {
        let step = model.scale
        guard let size else { return model.usualSide * model.scale }
        guard size >= step, size <= 4096, size % step == 0 else {
            let most = 4096 / step * step
            throw .request(
                field: field,
                problem: "\(size) is not accepted; multiples of \(step) from \(step) to \(most) are"
            )
        }
        return size
    }
}
