import PinxitPlatform
import Synchronization

/// The user asked to stop, by this signal.
struct Interrupted: Error {
    var signal = Interruption.signal
}

/// Whether the user asked to stop: by Ctrl-C, or as `kill` and a system that shuts down do.
enum Interruption {
    private static let received = Atomic<Int32>(0)

    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// The signal that asked, or Ctrl-C's.
    fileprivate static var signal: Int32 {
        let signal = received.load(ordering: .relaxed)
        return signal == 0 ? SIGINT : signal
    }

    /// Until a command says that it can stop in order, being asked to ends it with one line.
    static func endAtOnce() {
        handle { signal in
            let line: StaticString = "stopped\n"
            write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
            _exit(128 + signal)
        }
    }

    /// From now on the first signal asks to stop; a second one stops at once.
    static func watch() {
        handle { signal in
            Interruption.received.store(signal, ordering: .relaxed)
            Interruption.endAtOnce()
        }
    }

    private static func handle(_ action: @escaping @convention(c) (Int32) -> Void) {
        for signal in [SIGINT, SIGTERM] { PinxitPlatform.signal(signal, action) }
    }
}

/// Runs `body` in a task that Ctrl-C cancels.
///
/// - Throws: `Interrupted` then; otherwise what `body` throws.
func interruptible<Result: Sendable>(
    _ body: @escaping @Sendable () async throws -> Result
) async throws -> Result {
    Interruption.watch()
    let work = Task { try await body() }
    // A handler of a signal may do next to nothing, so the wish is looked for.
    let watcher = Task {
        while !Interruption.isRequested { try await Task.sleep(for: .milliseconds(20)) }
        work.cancel()
    }
    defer { watcher.cancel() }
    let result = await work.result
    if Interruption.isRequested { throw Interrupted() }
    return try result.get()
}
