/// What was wrong with a file from outside: which file, which field of it, and what would be
/// accepted.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// The path as the caller gave it.
    public let path: String
    /// The place in the file, such as `text_config.hidden_size`; empty for the whole file.
    public let field: String
    /// What was found and what would be accepted, in one line.
    public let problem: String

    /// An error of a file, or of one field of it if `field` is not empty.
    public init(path: String, field: String = "", problem: String) {
        self.path = path
        self.field = field
        self.problem = problem
    }

    /// `path: field: problem`, without the field where it is the whole file.
    public var description: String {
        field.isEmpty ? "\(path): \(problem)" : "\(path): \(field): \(problem)"
    }
}
