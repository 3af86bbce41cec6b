import PinxitImages
import PinxitTensors

/// What a family of models brings to ``Painter``: it completes requests and paints them.
protocol PaintingFamily: Sendable {
    /// The request with everything filled in that the family uses; seed, count and precision already are.
    ///
    /// - Throws: `PaintError.request` for what the model cannot do, options it has no use for among it.
    func resolved(_ request: PaintRequest) throws(PaintError) -> PaintRequest

    /// Paints a resolved request, on the engine's thread.
    ///
    /// - Parameter onProgress: Called after each step and each picture; what it throws ends the work.
    func paint(
        _ request: PaintRequest, _ options: PaintOptions,
        _ onProgress: (PaintProgress) throws -> Void
    ) throws -> Painting
}

/// What is watched and kept while painting; it does not change the pictures.
struct PaintOptions: Sendable {
    /// Whether pictures come with their noise, latents and decoded numbers.
    var keepingTensors = false
    /// Whether every operation's result is searched for numbers that are not finite.
    var checkingNumerics = false
    /// Whether nothing else will be asked of the model, so that what is no longer needed gives its memory back.
    var isLast = false
    /// Every how many steps the picture so far is decoded and told; nil is never.
    var previewInterval: Int?
}

extension PaintRequest {
    /// Refuses the options of other families.
    ///
    /// - Parameters:
    ///   - fields: The fields this family has no use for.
    ///   - family: What the model is, in words.
    func refuse(_ fields: [Field], for family: String) throws(PaintError) {
        for field in fields where field.isGiven(self) {
            throw .request(field: field.name, problem: "\(family) has no use for it")
        }
    }

    /// A field that only some families use.
    struct Field: Sendable {
        let name: String
        let isGiven: @Sendable (PaintRequest) -> Bool

        static let negativePrompt = Field(name: "negative prompt") { !$0.negativePrompt.isEmpty }
        static let steps = Field(name: "steps") { $0.steps != nil }
        static let guidanceScale = Field(name: "guidance scale") { $0.guidanceScale != nil }
        static let sampler = Field(name: "sampler") { $0.sampler != nil }
        static let truncation = Field(name: "truncation") { $0.truncation != nil }
        static let guidanceInterval = Field(name: "guidance interval") {
            $0.guidanceInterval != nil
        }
        static let deepCacheInterval = Field(name: "deep cache interval") {
            $0.deepCacheInterval != nil
        }
        static let tokenMerging = Field(name: "token merging") { $0.tokenMerging != nil }
        /// What only a model that denoises step by step uses.
        static let denoising: [Field] = [
            .negativePrompt, .steps, .sampler, .guidanceInterval, .deepCacheInterval, .tokenMerging,
        ]
        static let tokens: [Field] = [
            Field(name: "temperature") { $0.tokens?.temperature != nil },
            Field(name: "top p") { $0.tokens?.topP != nil },
            Field(name: "top k") { $0.tokens?.topK != nil },
            Field(name: "candidates") { $0.tokens?.candidates != nil },
            Field(name: "complete") { $0.tokens?.complete != nil },
            Field(name: "keep rows") { $0.tokens?.keepRows != nil },
        ]
    }
}
