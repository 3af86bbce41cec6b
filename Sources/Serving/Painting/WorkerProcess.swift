import Dispatch
import FoundationEssentials
import PinxitFiles
import PinxitPlatform
import PinxitWorkers
import Synchronization

/// A worker's process, and the pipes to it. It ends when nobody holds this any more.
final class WorkerProcess: Sendable {
    /// What came from it, with the bytes of pictures; it ends when the process does.
    let reports: AsyncStream<(WorkerReport, Data)>
    let model: String
    let id: pid_t
    private let pipe: MessagePipe
    /// As `waitpid` gives it.
    private let status: DispatchedValue
    /// What its model is changed by since the last order.
    private let loras = Mutex<[OrderedLoRA]>([])

    /// Starts one.
    ///
    /// - Parameters:
    ///   - program: The path of `pinxit`.
    ///   - arguments: Those after the program's name.
    /// - Throws: `FileError` where the system does not start it.
    init(model: String, program: String, arguments: [String]) throws(FileError) {
        self.model = model
        func failure() -> FileError {
            FileError(
                path: program, problem: "cannot be started: \(String(cString: strerror(errno)))")
        }
        var (orders, results): ([Int32], [Int32]) = ([-1, -1], [-1, -1])
        guard PinxitPlatform.pipe(&orders) == 0, PinxitPlatform.pipe(&results) == 0 else {
            throw failure()
        }
        for end in orders + results { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, orders[0], STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, results[1], STDOUT_FILENO)
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var child = pid_t()
        let code = posix_spawn(&child, program, &actions, nil, &words, environ)
        close(orders[0])
        close(results[1])
        guard code == 0 else {
            errno = code
            throw failure()
        }
        id = child
        let pipe = MessagePipe(reading: results[0], writing: orders[1])
        self.pipe = pipe
        status = DispatchedValue()
        let (stream, continuation) = AsyncStream<(WorkerReport, Data)>.makeStream()
        reports = stream
        DispatchQueue(label: "pinxit.worker.\(model)").async { [ended = status, process = child] in
            while let report = try? pipe.receive(WorkerReport.self) { continuation.yield(report) }
            // Whoever says nothing more, or nothing that is understood, is of no use.
            kill(process, SIGKILL)
            var status: Int32 = 0
            while waitpid(process, &status, 0) == -1, errno == EINTR {}
            ended.set(status)
            continuation.finish()
        }
    }

    deinit { stop() }

    func send(_ order: WorkerOrder) throws { try pipe.send(order) }

    /// Notes what its model is changed by from now on.
    ///
    /// - Returns: Whether that is something else than before.
    func change(by loras: [OrderedLoRA]) -> Bool {
        self.loras.withLock { held in
            defer { held = loras }
            return held != loras
        }
    }

    /// Ends it at once.
    func stop() {
        if status.value == nil { kill(id, SIGKILL) }
    }

    /// Why it ended, in words; nil while it runs.
    var end: WorkFailure? {
        guard let status = status.value else { return nil }
        let signal = status & 0x7F
        if signal != 0 {
            return WorkFailure(
                .workerDied,
                signal == SIGKILL
                    ? "the worker was killed, as the system does when memory is short"
                    : "the worker ended by signal \(signal)")
        }
        let code = (status >> 8) & 0xFF
        // As `pinxit` says it of every command.
        if code == 71 { return WorkFailure(.outOfMemory, "there was not enough memory") }
        return WorkFailure(.workerDied, "the worker ended with code \(code)")
    }
}
