import PinxitPlatform
import Synchronization

/// A program that runs beside this one, in its environment. Signals that the thread which starts it
/// blocks are blocked there too.
public final class ChildProcess: Sendable {
    /// How it ended.
    public enum End: Sendable, Equatable, CustomStringConvertible {
        /// With this code.
        case code(Int32)
        /// By this signal.
        case signal(Int32)

        /// Such as `code 1`.
        public var description: String {
            switch self {
            case .code(let code): "code \(code)"
            case .signal(let signal): "signal \(signal)"
            }
        }
    }

    /// Held while a program is started, and while a pipe is made that it shall not have.
    private static let starting = Mutex(())

    /// The system's number of it, which is another program's once it is over.
    private let id: pid_t
    private let ended = Mutex<End?>(nil)

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - program: Its path.
    ///   - arguments: Those after the program's name.
    ///   - files: Descriptors of this process by the numbers that they have there.
    /// - Throws: `FileError` where the system does not start it.
    public init(
        _ program: String, _ arguments: [String], files: [Int32: Int32] = [:]
    ) throws(FileError) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for (number, file) in files { posix_spawn_file_actions_adddup2(&actions, file, number) }
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = Self.starting.withLock { _ in
            posix_spawn(&child, program, &actions, nil, &words, environ)
        }
        guard code == 0 else {
            throw FileError(
                path: program, problem: "cannot be started: \(String(cString: strerror(code)))")
        }
        id = child
    }

    /// Waits until it ends; on one thread.
    @discardableResult
    public func wait() -> End {
        if let end { return end }
        // It keeps its number until the lock below is held, under which alone it is killed.
        var information = siginfo_t()
        while waitid(P_PID, id_t(id), &information, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        return ended.withLock { ended in
            let end = ended ?? collected()
            ended = end
            return end
        }
    }

    /// How it ended; nil before somebody has waited for that.
    public var end: End? { ended.withLock { $0 } }

    /// Sends it a signal, unless it is over.
    public func kill(by signal: Int32 = SIGKILL) {
        ended.withLock { if $0 == nil { _ = PinxitPlatform.kill(id, signal) } }
    }

    private func collected() -> End {
        var status: Int32 = 0
        while waitpid(id, &status, 0) == -1 {
            guard errno == EINTR else { return .code(-1) }
        }
        let signal = status & 0x7F
        return signal == 0 ? .code((status >> 8) & 0xFF) : .signal(signal)
    }

    /// A pipe whose ends only those programs have that are given them.
    ///
    /// - Throws: `FileError` where there are too many open files.
    public static func pipe() throws(FileError) -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let code = starting.withLock { _ in
            let code = PinxitPlatform.pipe(&ends)
            for end in ends where code == 0 { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
            return code
        }
        guard code == 0 else {
            throw FileError(path: "pipe", problem: "cannot be made: \(systemError())")
        }
        return (ends[0], ends[1])
    }
}
