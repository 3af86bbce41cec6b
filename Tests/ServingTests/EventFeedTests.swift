import Foundation
import Testing

@testable import PinxitServing

@Suite struct EventFeedTests {
    @Test("Each event is given once, whichever read the store is lost at", arguments: 1...4)
    func lost(_ read: Int) async throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = JobStore(try FlakyDatabase(folder: folder, lost: [read]))
        for id in ["a", "b"] {
            let draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
            _ = try store.accept(draft, id: id, limit: 9, at: 10, wait: 1)
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
