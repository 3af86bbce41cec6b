import PinxitPlatform
import Synchronization

/// The user asked to stop.
struct Interrupted: Error {}

/// Whether the user asked to stop.
enum Interruption {
    static let requested = Atomic(false)

    /// From now on the first Ctrl-C asks to stop; a second one stops at once.
    static func watch() {
        signal(SIGINT) { _ in
            Interruption.requested.store(true, ordering: .relaxed)
            signal(SIGINT, SIG_DFL)
        }
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
        while !Interruption.requested.load(ordering: .relaxed) {
            try await Task.sleep(for: .milliseconds(20))
        }
        work.cancel()
    }
    defer { watcher.cancel() }
    let result = await work.result
    if Interruption.requested.load(ordering: .relaxed) { throw Interrupted() }
    return try result.get()
}
