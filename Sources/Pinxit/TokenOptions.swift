/// The part of a request that only models that draw tokens use, DALL·E's. What is nil is the model's choice.
public struct TokenOptions: Sendable, Equatable, Codable {
    /// Above 1 draws are bolder, below 1 safer; 0 takes the likeliest token always.
    public var temperature: Double?
    /// Draw only from the fewest tokens that together have that probability.
    public var topP: Double?
    /// Draw only from so many of the likeliest tokens.
    public var topK: Int?
    /// Pictures drawn for each that is kept: the one that CLIP finds nearest to the prompt.
    public var candidates: Int?
    /// The file of a picture to complete.
    public var complete: String?
    /// How much of it is kept, from the top: below 1 a share of the height, otherwise rows of tokens.
    public var keepRows: Double?

    public init(
        temperature: Double? = nil, topP: Double? = nil, topK: Int? = nil, candidates: Int? = nil,
        complete: String? = nil, keepRows: Double? = nil
    ) {
        self.temperature = temperature
        self.topP = topP
        self.topK = topK
        self.candidates = candidates
        self.complete = complete
        self.keepRows = keepRows
    }

    enum CodingKeys: String, CodingKey {
        case temperature
        case topP = "top_p"
        case topK = "top_k"
        case candidates, complete
        case keepRows = "keep_rows"
    }
}
