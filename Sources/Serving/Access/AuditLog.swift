import FoundationEssentials
import PinxitFiles
import PinxitPlatform
import Synchronization

/// Who asked for what, one JSON object a line, in a file that only its owner reads. Prompts are not
/// in it unless that is asked for; a digest tells which are the same.
public final class AuditLog: Sendable {
    private let file: Mutex<Int32>
    private let keepsPrompts: Bool
    private let salt: String

    /// Opens a file, which is added to.
    ///
    /// - Parameter salt: Makes digests of prompts worthless to who guesses them.
    /// - Throws: `FileError`.
    init(file path: String, keepsPrompts: Bool, salt: String) throws(FileError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw FileError(
                path: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
                access: .writing)
        }
        file = Mutex(descriptor)
        self.keepsPrompts = keepsPrompts
        self.salt = salt
    }

    deinit { file.withLock { _ = close($0) } }

    /// Adds a line. What cannot be written stops nobody.
    ///
    /// - Parameter action: What was asked for, such as `submit`.
    public func note(_ action: String, by owner: String, _ members: [JSONMember]) {
        let line = JSONValue.object(
            [
                JSONMember("time", .number(now())), JSONMember("action", .string(action)),
                JSONMember("by", .string(owner)),
            ] + members)
        let bytes = Array((line.encoded(indented: false) + "\n").utf8)
        file.withLock { _ = write($0, bytes, bytes.count) }
    }

    /// What is noted of a prompt.
    func prompt(_ text: String) -> JSONMember {
        keepsPrompts
            ? JSONMember("prompt", .string(text))
            : JSONMember(
                "prompt_digest", .string(String(SHA256.hex(Array((salt + text).utf8)).prefix(16))))
    }
}
