import Foundation
import Synchronization
import Testing

@testable import PinxitServing

@Suite struct EventFeedTests {
    /// A database that is not reached at some of its reads.
    private final class Flaky: StoreDatabase {
        let dialect = StoreDialect.sqlite
        private let database: SQLiteDatabase
        private let reads = Mutex(0)
        private let lost: Set<Int>

        init(_ database: SQLiteDatabase, lost: Set<Int>) {
            (self.database, self.lost) = (database, lost)
        }

        func read<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
            let number = reads.withLock { reads in
                reads += 1
                return reads
            }
            if lost.contains(number) { throw ServingError.unavailable("lost") }
            return try database.read(body)
        }

        @discardableResult
        func write<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
            try database.write(body)
        }
    }

    @Test("Each event is given once, whichever read the store is lost at", arguments: 1...4)
    func lost(_ read: Int) async throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(Flaky(try SQLiteDatabase(folder: folder), lost: [read]))
        for id in ["a", "b"] {
            let draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
            _ = try store.accept(draft, id: id, limit: 9, at: 10, wait: { $0 })
        }
        let hub = EventHub()
        let feed = EventFeed(store, hub, after: 0, job: nil, .server)
        var numbers: [Int64] = []
        for _ in 0..<3 {
            for event in try #require(try await feed.next()) {
                if case .lasting(let event) = event { numbers.append(event.number) }
            }
            hub.wake()
        }
        #expect(numbers == [1, 2])
        #expect(feed.position == 2)
    }
}
