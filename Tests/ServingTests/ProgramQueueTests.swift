import PinxitFiles
import Testing

@testable import PinxitServing

@Suite struct ProgramQueueTests {
    @Test(
        "What nobody waits for is killed, and more than may wait is refused",
        .timeLimit(.minutes(1)))
    func cancelling() async throws {
        let queue = ProgramQueue(limit: 2)
        let tasks = (0..<2).map { _ in Task { try await queue.run("/bin/sleep", ["600"]) } }
        while queue.count < 2 { try await Task.sleep(for: .milliseconds(1)) }
        await #expect(throws: ServingError.queueFull(waiting: 2, seconds: 5)) {
            try await queue.run("/bin/sleep", ["0"])
        }
        for task in tasks { task.cancel() }
        for task in tasks { await #expect(throws: CancellationError.self) { try await task.value } }
        #expect(try await queue.run("/bin/sh", ["-c", "exit 3"]) == .code(3))
        #expect(queue.count == 0)
    }
}
