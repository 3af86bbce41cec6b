import PinxitImages

/// The part of a request that only models that draw tokens use, DALL·E's. What is nil is the
/// model's choice.
public struct TokenOptions: Sendable, Equatable {
    /// Above 1 draws are bolder, below 1 safer; 0 takes the likeliest token always.
    public var temperature: Double?
    /// Draw only from the fewest tokens that together have that probability.
    public var topP: Double?
    /// Draw only from so many of the likeliest tokens.
    public var topK: Int?
    /// Pictures drawn for each that is kept: the one that CLIP finds nearest to the prompt.
    public var candidates: Int?
    /// A picture to complete downwards.
    public var complete: Picture?
    /// How much of it is kept, from the top: below 1 a share of the height, otherwise rows of
    /// tokens.
    public var keepRows: Double?

    /// Everything that is not given is the model's choice.
    public init(
        temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil, candidates: Int? = nil,
        complete: Picture? = nil, keepRows: Double? = nil
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.candidates = candidates
        self.complete = complete
        self.keepRows = keepRows
    }
}

extension RequestOptions {
    static let tokens: [any CodedOption] = [
        temperature, topP, topK, candidates, complete, keepRows,
    ]

    /// ``TokenOptions/temperature``
    public static let temperature = RequestOption(
        "temperature", \.tokens.temperature, group: "tokens", families: [.tokens],
        help:
            "Above 1 draws are bolder, below 1 safer; 0 takes the likeliest (default: the model's, mostly 1).",
        bounds: .range(0...100))

    /// ``TokenOptions/topP``
    public static let topP = RequestOption(
        "top p", \.tokens.topP, group: "tokens", families: [.tokens],
        help:
            "Draw from the fewest tokens that have this probability (default: the model's, mostly 0.95).",
        bounds: .range(0.001...1))

    /// ``TokenOptions/topK``
    public static let topK = RequestOption(
        "top k", \.tokens.topK, group: "tokens", families: [.tokens],
        help: "Draw from so many of the likeliest tokens (default: all).",
        bounds: .range(1...1_000_000))

    /// ``TokenOptions/candidates``
    public static let candidates = RequestOption(
        "candidates", \.tokens.candidates, group: "tokens", families: [.tokens],
        help:
            "Draw so many pictures for each and keep the one CLIP finds nearest (default: the model's).",
        bounds: .range(1...256))

    /// ``TokenOptions/complete``
    public static let complete = RequestOption(
        "complete", \.tokens.complete, group: "tokens", families: [.tokens],
        help: "A picture (PNG, JPEG, WebP) to complete downwards.")

    /// ``TokenOptions/keepRows``
    public static let keepRows = RequestOption(
        "keep rows", \.tokens.keepRows, group: "tokens", families: [.tokens],
        help: "What is kept of it: rows of tokens, or a share below 1 (default: 0.5).",
        bounds: .range(0...1_000_000))
}

extension ResolvedRequest {
    /// The settings of DALL·E; see ``TokenOptions``.
    public struct Tokens: Sendable, Equatable {
        /// How much the prompt is exaggerated; 1 or less is not at all.
        public var guidanceScale: Double
        /// Above 1 draws are bolder; 0 takes the likeliest token always.
        public var temperature: Double
        /// Draws come from the fewest tokens that have this probability.
        public var topP: Double
        /// Nil is all tokens.
        public var topK: Int?
        /// Pictures drawn for each that is kept, from 1.
        public var candidates: Int
        /// Nil is none: the picture is drawn from its first token on.
        public var completion: Completion?

        /// A picture to complete.
        public struct Completion: Sendable, Equatable {
            /// Of any size; it is brought to the model's.
            public var picture: Picture
            /// As the request says it.
            public var keepRows: Double
            /// Rows of tokens that are kept.
            public var rows: Int
        }

        /// What a request asks for, and the model's choice where it leaves that open.
        package init(_ request: PaintRequest, _ usual: ModelSettings, completion: Completion?) {
            let options = request.tokens
            guidanceScale = request.guidanceScale ?? usual.guidanceScale
            temperature = options.temperature ?? usual.temperature
            topP = options.topP ?? usual.topP
            topK = options.topK
            candidates = options.candidates ?? usual.candidates
            self.completion = completion
        }

        /// Asks for all of it.
        func ask(_ request: inout PaintRequest) {
            request.guidanceScale = guidanceScale
            request.tokens = TokenOptions(
                temperature: temperature, topP: topP, topK: topK, candidates: candidates,
                complete: completion?.picture, keepRows: completion?.keepRows)
        }
    }
}
