/// What was wrong with a file: which file, which field of it, and what would be
/// accepted.
public struct FileError: Error, Equatable, CustomStringConvertible {
    /// The path as the caller gave it.
    public let path: String
    /// The place in the file, such as `text_config.hidden_size`; empty for the whole file.
    public let field: String
    /// What was found and what would be accepted, in one line.
    public let problem: String
    /// What was being done with the file.
    public let access: Access

    /// What is done with files; `given` is of none, but of a value that a caller or a command line
    /// gave.
    public enum Access: Sendable {
        case reading, writing, given
    }

    /// An error of a file, or of one field of it if `field` is not empty.
    public init(path: String, field: String = "", problem: String, access: Access = .reading) {
        self.path = path
        self.field = field
        self.problem = problem
        self.access = access
    }

    /// The system's reason why a file cannot be written.
    static func unwritable(_ path: String) -> FileError {
        FileError(
            path: path, problem: "cannot be written: \(systemError())", access: .writing)
    }

    /// `path: field: problem`, without the field where it is the whole file.
    public var description: String {
        field.isEmpty ? "\(path): \(problem)" : "\(path): \(field): \(problem)"
    }
}
