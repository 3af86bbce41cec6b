import Dispatch
import PinxitFiles
import PinxitPlatform
import Synchronization

/// Runs programs to their ends, one at a time: each takes both memory and processors for itself.
final class ProgramQueue: Sendable {
    private struct State {
        var count = 0
        /// Of the last that ended; a guess before.
        var seconds = 5.0
    }

    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "pinxit.programs")
    private let limit: Int

    /// - Parameter limit: Programs that may wait or run.
    init(limit: Int) { self.limit = limit }

    /// Programs that wait or run.
    var count: Int { state.withLock { $0.count } }

    /// Runs a program once those before it have ended; where the task is cancelled it is killed.
    ///
    /// - Throws: `ServingError.queueFull`, `CancellationError`; `FileError` where the system does
    ///   not start it.
    func run(_ program: String, _ arguments: [String]) async throws -> ChildProcess.End {
        try enter()
        defer { state.withLock { $0.count -= 1 } }
        let run = Run(program, arguments)
        let end = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async { [self] in
                    let start = ContinuousClock.now
                    continuation.resume(with: Result { try run.callAsFunction() })
                    let seconds = (ContinuousClock.now - start) / .seconds(1)
                    state.withLock { $0.seconds = seconds }
                }
            }
        } onCancel: {
            run.cancel()
        }
        try Task.checkCancellation()
        return end
    }

    private func enter() throws(ServingError) {
        let full = state.withLock { state -> (count: Int, seconds: Double)? in
            if state.count >= limit { return (state.count, state.seconds) }
            state.count += 1
            return nil
        }
        guard let full else { return }
        throw .queueFull(waiting: full.count, seconds: max(1, Int(full.seconds.rounded(.up))))
    }

    /// One program, which somebody may not wait for any more.
    private final class Run: Sendable {
        private enum Stage {
            case waits
            case runs(ChildProcess)
            case isUnwanted
        }

        private let program: String
        private let arguments: [String]
        private let stage = Mutex(Stage.waits)

        init(_ program: String, _ arguments: [String]) {
            (self.program, self.arguments) = (program, arguments)
        }

        func callAsFunction() throws -> ChildProcess.End {
            let child = try stage.withLock { stage -> ChildProcess in
                guard case .waits = stage else { throw CancellationError() }
                let child = try ChildProcess(
                    program, arguments, files: [STDOUT_FILENO: STDERR_FILENO])
                stage = .runs(child)
                return child
            }
            return child.wait()
        }

        func cancel() {
            stage.withLock { stage in
                if case .runs(let child) = stage { child.kill() }
                stage = .isUnwanted
            }
        }
    }
}
