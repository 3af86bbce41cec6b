import PinxitImages

/// What is told while painting. Pictures and steps count from 1 everywhere.
public enum PaintEvent: Sendable {
    /// Painting begins, with this filled in.
    case started(ResolvedRequest)
    /// A step of a picture is done.
    case step(PaintStep)
    /// What a picture looks like so far: the model's guess after a step. Asked for by
    /// ``PaintOptions/previewInterval``.
    case preview(Picture, PaintStep)
    /// A picture is finished. Nobody but who receives it holds it.
    case picture(PaintedPicture)
    /// All pictures are finished.
    case finished(PaintSummary)
}

/// How far painting is.
public struct PaintStep: Sendable, Equatable {
    /// The step that is done, from 1.
    public let step: Int
    /// Steps of a picture.
    public let steps: Int
    /// The picture at hand, from 1.
    public let picture: Int
    /// Pictures of the request.
    public let pictures: Int
    /// The seed of the picture at hand.
    public let seed: UInt32
}

/// What there is to say of a request once it is painted.
public struct PaintSummary: Sendable {
    /// The request with everything filled in that it had left open.
    public let request: ResolvedRequest
    /// Seconds of each stage.
    public let times: PaintTimes
    /// What the user should know, such as words that did not fit the text encoder.
    public let warnings: [String]

    init(request: ResolvedRequest, times: PaintTimes, warnings: [String]) {
        self.request = request
        self.times = times
        self.warnings = warnings
    }

    /// What there is to say of a request whose painting was stopped.
    package init(stopped request: ResolvedRequest, warnings: [String]) {
        self.init(request: request, times: PaintTimes(), warnings: warnings)
    }
}

/// Seconds spent, over all pictures of a request.
public struct PaintTimes: Sendable {
    /// Text to conditions.
    public var text = 0.0
    /// A picture that is to be changed to latents.
    public var encoding = 0.0
    /// Drawing latents, tokens or the picture itself, previews included.
    public var sampling = 0.0
    /// Latents or tokens to pictures.
    public var decoding = 0.0
    /// Looking at attention, and pictures of the steps, for ``PaintOptions/explaining``; not part
    /// of the sampling.
    public var explaining = 0.0
}

extension PaintTimes {
    /// Of a picture alone: without what those before it took. What all share stays.
    func since(_ before: PaintTimes) -> PaintTimes {
        var own = self
        own.sampling -= before.sampling
        own.decoding -= before.decoding
        own.explaining -= before.explaining
        return own
    }
}
