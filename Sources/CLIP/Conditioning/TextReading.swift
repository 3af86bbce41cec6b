import PinxitTokenizers

/// How a conditioner reads texts.
public struct TextReading: Sendable, Equatable {
    /// Whose syntax the weights are in.
    public var emphasis: Emphasis
    /// What becomes of texts that are too long.
    public var longPrompts: LongPrompts
    /// Layers at the end of the text encoder that are skipped.
    public var clipSkip: Int
    /// The least number of chunks: shorter texts get empty ones behind.
    public var leastChunks = 1

    /// Text as it stands, cut where it is too long, by all layers: as diffusers reads it.
    public static let plain = TextReading(emphasis: .off, longPrompts: .cut, clipSkip: 0)

    /// - Parameter clipSkip: Layers that are skipped; 0 is none.
    public init(emphasis: Emphasis, longPrompts: LongPrompts, clipSkip: Int) {
        self.emphasis = emphasis
        self.longPrompts = longPrompts
        self.clipSkip = clipSkip
    }

    /// The same with at least so many chunks.
    package func chunked(_ count: Int) -> TextReading {
        var reading = self
        reading.leastChunks = max(leastChunks, count)
        return reading
    }
}
