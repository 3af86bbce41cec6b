import Foundation
import Testing

@testable import PinxitServing

@Suite struct RetentionTests {
    @Test(
        "What is taken out of the history comes back for a minute, and then is gone",
        arguments: StoreKind.here)
    func undo(_ kind: StoreKind) throws {
        let store = try kind.store()
        _ = try store.accept(draft(), "a")
        let job = try #require(try store.claim(worker: "w", at: 11))
        _ = try store.add(picture(1, "deadbeef"), to: job, worker: "w", at: 11)
        _ = try store.finish(job, worker: "w", warnings: [], at: 12)
        _ = try store.setDeleted(true, "a", at: 20)
        #expect(try store.history("", before: nil, limit: 9).isEmpty)
        _ = try store.setDeleted(false, "a", at: 79)
        #expect(try store.history("", before: nil, limit: 9).count == 1)
        _ = try store.setDeleted(true, "a", at: 100)
        #expect(throws: ServingError.gone("a")) { try store.setDeleted(false, "a", at: 161) }
        #expect(try store.sweep(Retention(), at: 161) == ["deadbeef"])
        #expect(throws: ServingError.gone("a")) { try store.job("a") }
    }

    @Test("Only so many jobs are kept, never one that waits", arguments: StoreKind.here)
    func retention(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b", "c"] {
            _ = try store.accept(draft(), id)
            guard id != "a" else { continue }
            _ = try store.cancel(id, at: 11)
        }
        var retention = Retention()
        retention.jobs = 1
        _ = try store.sweep(retention, at: 12)
        #expect(try store.newest(9).map(\.id) == ["c", "a"])
    }

    @Test("Events that are no longer kept are noticed", arguments: StoreKind.here)
    func forgotten(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b", "c"] { _ = try store.accept(draft(), id) }
        #expect(try !store.hasForgotten(after: 0))
        var retention = Retention()
        retention.events = 1
        _ = try store.sweep(retention, at: 12)
        #expect(try store.hasForgotten(after: 1))
        #expect(try !store.hasForgotten(after: 2))
        #expect(try !store.hasForgotten(after: 3))
        #expect(try store.hasForgotten(after: 4))
    }
}
