import PinxitFiles

/// What the server does, for who runs it: what was answered, what became of jobs, what went wrong.
/// One JSON object a line; what clients say, such as prompts, is not in it.
public final class ServerLog: Sendable {
    /// How much it matters.
    public enum Level: String, Sendable {
        /// As it should be.
        case info
        /// Something for who runs the server to look at.
        case error
    }

    private let lines: JSONLines?
    private let isStandardError: Bool

    /// One that keeps nothing.
    init() { (lines, isStandardError) = (nil, false) }

    /// - Parameter file: It is added to; `-` is standard error.
    /// - Throws: `FileError`.
    init(file: String) throws(FileError) {
        lines = try JSONLines(file)
        isStandardError = file == "-"
    }

    /// Adds a line.
    ///
    /// - Parameter event: What happened, such as `request` or `job`.
    public func note(_ event: String, _ level: Level, _ members: [JSONMember] = []) {
        lines?.add(
            [
                JSONMember("level", .string(level.rawValue)), JSONMember("event", .string(event)),
            ] + members)
    }

    /// Says something in words, which is on standard error, too.
    ///
    /// - Parameter text: One line.
    public func say(_ level: Level, _ text: String) {
        note("said", level, [JSONMember("message", .string(text))])
        guard !isStandardError else { return }
        writeToStandardError("\(level == .error ? "error" : "note"): \(text)\n")
    }
}
