import PinxitTensors
import PinxitTokenizers

/// Several conditioners side by side, as SDXL has two: the features of each token's states behind
/// one another, and the pooled vector of the last that gives one.
public struct JoinedTextConditioner: TextConditioner {
    /// In the order of their features; each takes the whole text.
    public let parts: [any TextConditioner]

    /// - Precondition: at least one, and all of the same number of tokens.
    public init(_ parts: [any TextConditioner]) {
        precondition(!parts.isEmpty, "a conditioner of no parts")
        self.parts = parts
    }

    /// The first part's.
    public var firstTokenizer: CLIPTokenizer? { parts[0].firstTokenizer }
    /// The sum of the parts'.
    public var stateWidth: Int { parts.reduce(0) { $0 + $1.stateWidth } }
    /// That of the last part that has one.
    public var pooledWidth: Int? { parts.compactMap(\.pooledWidth).last }

    /// That of the part with the fewest layers.
    public var mostClipSkip: Int { parts.map(\.mostClipSkip).min() ?? 0 }

    /// The parts' states joined along the features; lengths are the first part's.
    public func callAsFunction(
        _ texts: [String], _ reading: TextReading, type: ElementType
    ) -> TextConditioning {
        let reading = reading.chunked(chunkCount(texts, reading))
        let made = parts.map { $0(texts, reading, type: type) }
        return TextConditioning(
            states: concatenate(made.map(\.states), axis: 2),
            pooled: made.compactMap(\.pooled).last, lengths: made[0].lengths)
    }

    /// Of the part that cuts a text into the most pieces.
    public func chunkCount(_ texts: [String], _ reading: TextReading) -> Int {
        parts.map { $0.chunkCount(texts, reading) }.max() ?? 1
    }

    /// The parts' one after the other.
    public func vectors(of word: String) -> [Tensor] { parts.flatMap { $0.vectors(of: word) } }

    /// The first part's warning that there is.
    public func warning(about text: String, _ reading: TextReading) -> String? {
        parts.lazy.compactMap { $0.warning(about: text, reading) }.first
    }
}
