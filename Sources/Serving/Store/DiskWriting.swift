import GRDB
import PinxitFiles
import Synchronization

/// What is written to a disk of this machine. Where that takes nothing, as one that is full,
/// whoever writes is told that the store is not reached, so that what was accepted waits. It is
/// said when that begins and when it is over.
final class DiskWriting: Sendable {
    private let log: ServerLog
    /// Why nothing is written; nil where it is.
    private let problem = Mutex<String?>(nil)

    init(_ log: ServerLog) { self.log = log }

    /// - Parameter body: Gives false where it had nothing to write.
    /// - Throws: `ServingError.unavailable` where the disk takes nothing; what else `body` throws.
    func callAsFunction(_ body: () throws -> Bool) throws {
        do {
            if try body(), became(nil) { log.say(.info, "the store is written again") }
        } catch let error as FileError where error.access == .writing {
            throw lost("\(error)")
        } catch let error as DatabaseError where Self.codes.contains(error.resultCode) {
            throw lost("jobs.sqlite: \(error.message ?? "\(error.resultCode)")")
        }
    }

    /// What SQLite says of such a disk.
    static let codes: [ResultCode] = [
        .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_BUSY,
    ]

    private func lost(_ text: String) -> ServingError {
        if became(text) { log.say(.error, "the store is not written: \(text)") }
        return .unavailable(text)
    }

    /// - Returns: Whether it was otherwise before.
    private func became(_ text: String?) -> Bool {
        problem.withLock { last in
            defer { last = text }
            return (last == nil) != (text == nil)
        }
    }
}
