import Synchronization
import Testing

@testable import PinxitServing

@Suite struct BackgroundTests {
    private struct Trouble: Error, CustomStringConvertible { let description: String }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    @Test("An error that lasts is told when it begins and when it is over, not each time")
    func once() {
        let lines = Lines()
        let work = Background("sweeping") { level, line in
            lines.all.withLock { $0.append("\(level): \(line)") }
        }
        let disk = Trouble(description: "the disk is full")
        let table = Trouble(description: "no such table")
        let outcomes: [(any Error)?] = [
            nil, nil, disk, disk, disk, nil, nil, table, disk, disk,
            ServingError.unavailable("away"), disk, nil,
        ]
        for error in outcomes {
            let result = work { () throws -> Int in
                if let error { throw error }
                return 1
            }
            #expect((result == nil) == (error != nil))
        }
        #expect(
            lines.all.withLock { $0 } == [
                "error: the store: sweeping: the disk is full",
                "info: the store: sweeping works again",
                "error: the store: sweeping: no such table",
                "error: the store: sweeping: the disk is full",
                "info: the store: sweeping works again",
            ])
    }
}
