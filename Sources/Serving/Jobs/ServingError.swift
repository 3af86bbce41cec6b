/// Why something asked of the server is not done.
public enum ServingError: Error, Equatable, CustomStringConvertible {
    /// A field of the request, or nothing of it, is accepted as it is.
    case invalid(field: String?, problem: String)
    /// A field that nobody knows.
    case unknownField(field: String, problem: String)
    /// A model that is not served.
    case unknownModel(name: String, served: [String])
    /// A LoRA that is not served.
    case unknownLoRA(field: String, problem: String)
    /// So many jobs wait already; in so many seconds there should be room.
    case queueFull(waiting: Int, seconds: Int)
    /// Who asks has had its share; in so many seconds there is more.
    case rateLimited(seconds: Int)
    /// Something of that name was never there.
    case notFound(String)
    /// A job that was there and is no more.
    case gone(String)
    /// A job that is finished, and cannot be cancelled or moved any more.
    case finished(job: String, Job.Status)
    /// More bytes, pixels or steps than are accepted.
    case tooLarge(field: String?, problem: String)
    /// A picture of which nobody can say why it came out as it did.
    case unexplained(String)
    /// Words that the policy refuses.
    case blocked(ContentPolicy.Verdict, ContentPolicy.Level)
    /// The server is stopping.
    case stopping
    /// The store is not reached; it may be in a moment.
    case unavailable(String)

    /// One line: what was found, and what would be accepted.
    public var description: String {
        switch self {
        case .invalid(let field, let problem), .tooLarge(let field, let problem):
            field.map { "\($0): \(problem)" } ?? problem
        case .unknownField(let field, let problem), .unknownLoRA(let field, let problem):
            "\(field): \(problem)"
        case .unknownModel(let name, let served):
            "model: \(name) is not served; \(served.joined(separator: ", ")) "
                + (served.count == 1 ? "is" : "are")
        case .queueFull(let waiting, let seconds):
            "\(waiting) jobs wait already; try again in \(seconds) s"
        case .rateLimited(let seconds):
            "more was asked for than one may have in a minute; try again in \(seconds) s"
        case .notFound(let what): "\(what) is not there"
        case .gone(let what): "\(what) is not kept any more"
        case .finished(let job, let status): "\(job) is \(status.rawValue) already"
        case .unexplained(let why): "the picture is not explained: \(why)"
        case .blocked(let verdict, let level):
            "prompt: this server's content policy (level \(level.rawValue)) refuses it: "
                + verdict.refused.joined(separator: ", ")
        case .stopping: "the server is stopping"
        case .unavailable: "the store is not reached; try again in a moment"
        }
    }
}
