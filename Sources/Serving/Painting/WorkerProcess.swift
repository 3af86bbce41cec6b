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
    private let child: ChildProcess
    private let pipe: MessagePipe
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
        let (child, pipe) = try Self.start(program, arguments)
        (self.child, self.pipe) = (child, pipe)
        let (stream, continuation) = AsyncStream<(WorkerReport, Data)>.makeStream()
        reports = stream
        DispatchQueue(label: "pinxit.worker.\(model)").async {
            while let report = try? pipe.receive(WorkerReport.self) { continuation.yield(report) }
            // Whoever says nothing more, or nothing that is understood, is of no use.
            child.kill()
            child.wait()
            continuation.finish()
        }
    }

    private static func start(
        _ program: String, _ arguments: [String]
    ) throws(FileError) -> (ChildProcess, MessagePipe) {
        let orders = try ChildProcess.pipe()
        defer { close(orders.reading) }
        let results: (reading: Int32, writing: Int32)
        do {
            results = try ChildProcess.pipe()
        } catch {
            close(orders.writing)
            throw error
        }
        defer { close(results.writing) }
        // Where nothing is started it closes its ends.
        let pipe = MessagePipe(reading: results.reading, writing: orders.writing)
        let child = try ChildProcess(
            program, arguments,
            files: [STDIN_FILENO: orders.reading, STDOUT_FILENO: results.writing])
        return (child, pipe)
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
    func stop() { child.kill() }

    /// Why it ended, in words; nil while it runs.
    var end: WorkFailure? {
        switch child.end {
        case nil: return nil
        case .signal(SIGKILL):
            return WorkFailure(
                .workerDied, "the worker was killed, as the system does when memory is short")
        // As `pinxit` says it of every command.
        case .code(71): return WorkFailure(.outOfMemory, "there was not enough memory")
        case .some(let end): return WorkFailure(.workerDied, "the worker ended with \(end)")
        }
    }
}
