import PinxitFiles

/// Who asked for what, one JSON object a line, in a file that only its owner reads. Prompts are not
/// in it unless that is asked for; a digest tells which are the same.
public final class AuditLog: Sendable {
    private let lines: JSONLines
    private let keepsPrompts: Bool
    private let salt: String

    /// Opens a file, which is added to.
    ///
    /// - Parameter salt: Makes digests of prompts worthless to who guesses them.
    /// - Throws: `FileError`.
    init(file path: String, keepsPrompts: Bool, salt: String) throws(FileError) {
        lines = try JSONLines(path)
        self.keepsPrompts = keepsPrompts
        self.salt = salt
    }

    /// Adds a line. What cannot be written stops nobody.
    ///
    /// - Parameter action: What was asked for, such as `submit`.
    public func note(_ action: String, by owner: String, _ members: [JSONMember]) {
        lines.add(
            [JSONMember("action", .string(action)), JSONMember("by", .string(owner))] + members)
    }

    /// What is noted of a prompt.
    func prompt(_ text: String) -> JSONMember {
        keepsPrompts
            ? JSONMember("prompt", .string(text))
            : JSONMember(
                "prompt_digest", .string(String(SHA256.hex(Array((salt + text).utf8)).prefix(16))))
    }
}
