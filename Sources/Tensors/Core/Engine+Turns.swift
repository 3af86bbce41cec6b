import Synchronization

extension Engine {
    /// Runs long work on the engine's thread, one such work after the other, first come first
    /// served.
    ///
    /// Callers wait off the engine's thread, which is free for ``run(_:)`` until a turn begins. A
    /// caller whose task is cancelled leaves the queue at once.
    ///
    /// - Parameter body: Runs within the caller's task, so that ``checkCancellation()`` sees its
    ///   cancellation.
    /// - Throws: `CancellationError` if the task is cancelled before its turn; what `body` throws.
    public static func turn<Result: Sendable>(
        _ body: @Sendable @escaping () throws -> Result
    ) async throws -> Result {
        try await turn(in: turns, body)
    }

    static func turn<Result: Sendable>(
        in turns: TurnQueue, _ body: @Sendable @escaping () throws -> Result
    ) async throws -> Result {
        try await turns.begin()
        defer { turns.end() }
        return try await run {
            try checkCancellation()
            return try body()
        }
    }

    /// Throws where the task that the engine is working for has been cancelled.
    public static func checkCancellation() throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
    }

    private static let turns = TurnQueue()
}

/// A turn that one task has at a time, and those that wait for it.
final class TurnQueue: Sendable {
    private struct State {
        var isTaken = false
        var waiting: [(number: Int, continuation: CheckedContinuation<Void, any Error>)] = []
        var lastNumber = 0
    }

    private let state = Mutex(State())

    /// How many wait.
    var count: Int { state.withLock { $0.waiting.count } }

    /// Returns when it is the caller's turn, which then has to end it.
    func begin() async throws {
        let number = state.withLock { state in
            state.lastNumber += 1
            return state.lastNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { enter($0, number) }
        } onCancel: {
            leave(number)
        }
    }

    /// Hands the turn to the one that has waited for longest.
    func end() {
        let next = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil as CheckedContinuation<Void, any Error>?
            }
            return state.waiting.removeFirst().continuation
        }
        next?.resume()
    }

    private func enter(_ continuation: CheckedContinuation<Void, any Error>, _ number: Int) {
        let mayGoOn: Result<Void, any Error>? = state.withLock { state in
            // A task is marked as cancelled before its handlers are called: either this sees the
            // mark, or `leave` comes after this and finds the continuation.
            if Task.isCancelled { return .failure(CancellationError()) }
            guard state.isTaken else {
                state.isTaken = true
                return .success(())
            }
            state.waiting.append((number, continuation))
            return nil
        }
        if let mayGoOn { continuation.resume(with: mayGoOn) }
    }

    /// Gives up waiting; does nothing if it is no longer, or not yet, in the queue.
    private func leave(_ number: Int) {
        let left = state.withLock { state in
            state.waiting.firstIndex { $0.number == number }.map {
                state.waiting.remove(at: $0).continuation
            }
        }
        left?.resume(throwing: CancellationError())
    }
}
