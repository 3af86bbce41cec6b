import PinxitTensors

/// What a picture's tokens are drawn with.
public struct TokenDrawing: Sendable {
    /// How a token is drawn from its logits, once guidance has led them.
    public var sampler: TokenSampler
    /// How much the caption is exaggerated; 1 or less is not at all, and half the work.
    public var guidanceScale: Float
    /// What the transformer computes in; logits are led and drawn from in f32.
    public var type: ElementType

    /// By default what the model says, unguided.
    public init(
        sampler: TokenSampler = TokenSampler(), guidanceScale: Float = 1, type: ElementType = .f32
    ) {
        self.sampler = sampler
        self.guidanceScale = guidanceScale
        self.type = type
    }
}

extension TokenTransformer {
    /// Draws whole pictures, one for each generator.
    ///
    /// - Parameters:
    ///   - captions: Token ids of each caption; as many pictures are drawn of each.
    ///   - empty: Those of the empty caption, which guidance leads away from.
    ///   - beginning: The tokens that every picture begins with.
    ///   - random: Pictures of the first caption first.
    ///   - onToken: Told the number of tokens known, and the logits that the last was drawn from.
    /// - Returns: `[pictures, pictureLength]` in `i32`.
    public func draw(
        captions: [[Int32]], empty: [Int32], beginning: [Int32] = [], _ drawing: TokenDrawing,
        random: inout [SplitMix64], onToken: (Int, Tensor) throws -> Void
    ) rethrows -> Tensor {
        let isGuided = drawing.guidanceScale > 1
        let texts = isGuided ? captions.map { _ in empty } + captions : captions
        let known =
            beginning.isEmpty
            ? nil
            : Tensor(texts.flatMap { _ in beginning }, shape: [texts.count, beginning.count])
        let pictures = random.count
        let sequence = begin(
            caption: Tensor(texts.flatMap { $0 }, shape: [texts.count, configuration.textLength]),
            tokens: known, type: drawing.type
        ).repeated(pictures / captions.count)
        var drawn = [[Int32]](repeating: beginning, count: pictures)
        while drawn[0].count < configuration.pictureLength {
            if drawn[0].count > beginning.count {
                let last = drawn.map { $0.last! }
                advance(sequence, isGuided ? last + last : last)
            }
            let logits =
                isGuided
                ? guidedLogits(sequence.logits, scale: drawing.guidanceScale) : sequence.logits
            for (picture, token) in drawing.sampler(logits, &random).enumerated() {
                drawn[picture].append(token)
            }
            try onToken(drawn[0].count, logits)
        }
        return Tensor(drawn.flatMap { $0 }, shape: [pictures, configuration.pictureLength])
    }
}
