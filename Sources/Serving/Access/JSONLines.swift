import FoundationEssentials
import PinxitFiles
import PinxitPlatform
import Synchronization

/// A file that gets JSON objects, one a line, each with its time, and that only its owner reads.
final class JSONLines: Sendable {
    private let file: Mutex<Int32>
    private let isOwn: Bool

    /// Opens a file, which is added to; `-` is standard error.
    ///
    /// - Throws: `FileError`.
    init(_ path: String) throws(FileError) {
        isOwn = path != "-"
        let descriptor =
            isOwn ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600) : STDERR_FILENO
        guard descriptor >= 0 else {
            throw FileError(
                path: path, problem: "cannot be written: \(String(cString: strerror(errno)))",
                access: .writing)
        }
        file = Mutex(descriptor)
    }

    deinit { if isOwn { file.withLock { _ = close($0) } } }

    /// Adds a line. What cannot be written stops nobody.
    func add(_ members: [JSONMember]) {
        let line = JSONValue.object([JSONMember("time", .number(now()))] + members)
        let bytes = Array((line.encoded(indented: false) + "\n").utf8)
        file.withLock { _ = write($0, bytes, bytes.count) }
    }
}
