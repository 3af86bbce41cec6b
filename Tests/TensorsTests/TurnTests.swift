import Synchronization
import Testing

@testable import PinxitTensors

/// Turns at the engine: in order, one at a time, and left at once by whoever is cancelled.
///
/// Those that count who waits have a queue of their own: other suites paint at the same time.
@Suite(.timeLimit(.minutes(5))) struct TurnTests {
    private struct Failure: Error {}

    /// What tasks note, in order.
    private final class Notes: Sendable {
        private let numbers = Mutex<[Int]>([])
        var all: [Int] { numbers.withLock { $0 } }
        func add(_ number: Int) { numbers.withLock { $0.append(number) } }
    }

    /// Returns once so many wait.
    private func until(_ turns: TurnQueue, hasWaiting count: Int) async {
        while turns.count != count { await Task.yield() }
    }

    @Test("First come, first served")
    func order() async throws {
        let (turns, notes) = (TurnQueue(), Notes())
        try await turns.begin()
        var tasks: [Task<Void, any Error>] = []
        for number in 0..<20 {
            tasks.append(
                Task {
                    try await turns.begin()
                    notes.add(number)
                    turns.end()
                })
            await until(turns, hasWaiting: number + 1)
        }
        #expect(notes.all.isEmpty)
        turns.end()
        for task in tasks { try await task.value }
        #expect(notes.all == Array(0..<20))
    }

    @Test("One at a time, also where a turn is not the engine's thread alone")
    func oneAtATime() async throws {
        let (turns, notes) = (TurnQueue(), Notes())
        try await withThrowingTaskGroup { group in
            for _ in 0..<50 {
                group.addTask {
                    try await turns.begin()
                    notes.add(1)
                    for _ in 0..<5 { await Task.yield() }
                    notes.add(-1)
                    turns.end()
                }
            }
            try await group.waitForAll()
        }
        #expect(notes.all == (0..<50).flatMap { _ in [1, -1] })
    }

    @Test("A turn runs on the engine's thread and returns its result")
    func runsOnTheEngine() async throws {
        #expect(try await Engine.turn { Engine.isCurrent ? Tensor.ones([2]).sum().item : 0 } == 2)
    }

    @Test("Whoever is cancelled while waiting leaves at once, while the one ahead still works")
    func leavesTheQueue() async throws {
        let (turns, notes) = (TurnQueue(), Notes())
        try await turns.begin()
        let first = Task { try await Engine.turn(in: turns) { notes.add(1) } }
        await until(turns, hasWaiting: 1)
        let second = Task { try await Engine.turn(in: turns) { notes.add(2) } }
        await until(turns, hasWaiting: 2)
        first.cancel()
        #expect(turns.count == 1, "it left as it was cancelled")
        // The turn ahead is not over yet.
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(notes.all.isEmpty)
        // Nor is the engine's thread kept from short work.
        #expect(await Engine.run { Engine.isCurrent })
        turns.end()
        try await second.value
        #expect(notes.all == [2])
    }

    @Test("A task that is cancelled already gets no turn")
    func cancelledBefore() async {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await Engine.turn { _ = Issue.record("it ran") }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Work in a turn sees that its task is cancelled")
    func workIsCancelled() async {
        let task = Task {
            try await Engine.turn {
                try Engine.checkCancellation()
                withUnsafeCurrentTask { $0?.cancel() }
                try Engine.checkCancellation()
                Issue.record("it went on")
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }

    @Test("Cancelling at the moment of being woken loses neither the turn nor the waiter")
    func cancellationRacesWithWaking() async throws {
        for round in 0..<1000 {
            let turns = TurnQueue()
            try await turns.begin()
            let waiter = Task {
                try await turns.begin()
                turns.end()
            }
            await until(turns, hasWaiting: 1)
            let canceller = Task.detached { waiter.cancel() }
            for _ in 0..<round % 4 { await Task.yield() }
            turns.end()
            do { try await waiter.value } catch { #expect(error is CancellationError) }
            await canceller.value
            // Whatever came first, the turn is free again.
            try await turns.begin()
            #expect(turns.count == 0)
            turns.end()
        }
    }

    @Test("Work that throws passes the turn on")
    func throwing() async throws {
        let (turns, notes) = (TurnQueue(), Notes())
        try await turns.begin()
        let first = Task {
            try await Engine.turn(in: turns) { () throws -> Void in throw Failure() }
        }
        await until(turns, hasWaiting: 1)
        let second = Task { try await Engine.turn(in: turns) { notes.add(2) } }
        await until(turns, hasWaiting: 2)
        turns.end()
        await #expect(throws: Failure.self) { try await first.value }
        try await second.value
        #expect(notes.all == [2])
    }
}
