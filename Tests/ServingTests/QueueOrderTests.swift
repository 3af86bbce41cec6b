import Foundation
import Testing

@testable import PinxitServing

@Suite struct QueueOrderTests {
    private struct Chance: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ state >> 33
        }
    }

    @Test(
        "The place that is told is the one in which the job is begun", arguments: 1...8,
        StoreKind.here)
    func places(_ seed: UInt64, _ kind: StoreKind) throws {
        let store = try kind.store()
        var chance = Chance(state: seed)
        try store.measured(2, of: "m")
        for number in 0..<40 {
            var draft = JobDraft(
                model: "m", request: "{}", prompt: "", count: Int.random(in: 1...3, using: &chance),
                seed: 1)
            draft.owner = ["a", "b", "c", "d"].randomElement(using: &chance) ?? "a"
            draft.priority = seed % 2 == 0 ? Int.random(in: 0...2, using: &chance) : 0
            _ = try store.accept(draft, id: "\(number)", limit: 100, at: 10, wait: 1)
            // Now and then one is begun, so that turns differ.
            if number % 5 == 4 { _ = try store.claim(worker: "w", at: 10) }
            if number % 7 == 6, let (job, _) = try store.active().randomElement(using: &chance) {
                try? store.move(job.id, before: nil, at: 10)
            }
        }
        let queue = try store.active().filter { $0.place != nil }
        var seconds = 0.0
        for (index, (job, place)) in queue.enumerated() {
            #expect(place == QueuePlace(position: index + 1, seconds: seconds))
            #expect(try store.place(job) == place)
            seconds += Double(job.count) * 2
        }
        for (job, _) in queue { #expect(try store.claim(worker: "w", at: 11)?.id == job.id) }
        #expect(try store.claim(worker: "w", at: 11) == nil)
    }

    @Test("One owner's jobs have the places of their order", arguments: StoreKind.here)
    func alone(_ kind: StoreKind) throws {
        let store = try kind.store()
        for (id, priority) in [("low", 0), ("high", 1), ("last", 0)] {
            var draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
            draft.owner = "a"
            draft.priority = priority
            _ = try store.accept(draft, id: id, limit: 100, at: 10, wait: 1)
        }
        let places = try ["high", "low", "last"].map {
            try store.place(try store.job($0))?.position
        }
        #expect(places == [1, 2, 3])
    }
}
