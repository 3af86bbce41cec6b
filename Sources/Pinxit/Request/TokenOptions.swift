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
    /// ``TokenOptions/temperature``
    public static let temperature = RequestOption(
        "temperature", \.tokens.temperature, group: "tokens", families: [.tokens],
        help: "Above 1 draws are bolder, below 1 safer; 0 takes the likeliest (default: 1).",
        bounds: .range(0...100))

    /// ``TokenOptions/topP``
    public static let topP = RequestOption(
        "top p", \.tokens.topP, group: "tokens", families: [.tokens],
        help: "Draw from the fewest tokens that have this probability (default: 0.95).",
        bounds: .range(0.001...1))

    /// ``TokenOptions/topK``
    public static let topK = RequestOption(
        "top k", \.tokens.topK, group: "tokens", families: [.tokens],
        help: "Draw from so many of the likeliest tokens (default: all).",
        bounds: .range(1...1_000_000))

    /// ``TokenOptions/candidates``
    public static let candidates = RequestOption(
        "candidates", \.tokens.candidates, group: "tokens", families: [.tokens],
        help: "Draw so many pictures for each and keep the one CLIP finds nearest (default: 1).",
        bounds: .range(1...256))

    /// ``TokenOptions/complete``
    public static let complete = RequestOption(
        "complete", \.tokens.complete, group: "tokens", families: [.tokens],
        help: "A picture, PNG or JPEG, to complete downwards.")

    /// ``TokenOptions/keepRows``
    public static let keepRows = RequestOption(
        "keep rows", \.tokens.keepRows, group: "tokens", families: [.tokens],
        help: "What is kept of it: rows of tokens, or a share below 1 (default: 0.5).",
        bounds: .range(0...1_000_000))
}
