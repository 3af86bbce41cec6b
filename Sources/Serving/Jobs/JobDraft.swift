/// A job before it is accepted.
public struct JobDraft: Sendable {
    /// See ``Job/kind``.
    public var kind = "paint"
    /// See ``Job/group``.
    public var group: String?
    /// See ``Job/model``.
    public var model: String
    /// See ``Job/owner``.
    public var owner = ""
    /// See ``Job/request``.
    public var request: String
    /// See ``Job/prompt``.
    public var prompt: String
    /// Everything that a search finds it by, beside the prompt.
    public var words = ""
    /// See ``Job/source``.
    public var source: String?
    /// The hashes of all pictures in the request.
    public var pictures: Set<String> = []
    /// See ``Job/count``.
    public var count: Int
    /// See ``Job/seed``.
    public var seed: UInt32
    /// See ``Job/previews``.
    public var previews = 0
    /// Higher ones come first.
    public var priority = 0
    /// See ``Job/isFleeting``.
    public var isFleeting = false
    /// In pixel-steps; see ``JobCost``.
    public var cost = 0.0
    /// Whose share of painting it takes.
    public var payer = ""
    /// The same key of the same owner again is the same job.
    public var idempotencyKey: String?

    /// A draft of what has to be said.
    public init(model: String, request: String, prompt: String, count: Int, seed: UInt32) {
        self.model = model
        self.request = request
        self.prompt = prompt
        self.count = count
        self.seed = seed
    }
}
