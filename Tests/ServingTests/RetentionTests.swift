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

    /// A job of one picture, finished at 12.
    private func finished(_ store: JobStore, _ id: String, _ draft: JobDraft, _ hash: String) throws
    {
        _ = try store.accept(draft, id)
        let job = try #require(try store.claim(worker: "w", at: 11))
        _ = try store.add(picture(1, hash), to: job, worker: "w", at: 11)
        _ = try store.finish(job, worker: "w", warnings: [], at: 12)
    }

    @Test("A job is forgotten after its days, to the second", arguments: StoreKind.here)
    func days(_ kind: StoreKind) throws {
        let store = try kind.store()
        try finished(store, "a", draft(), "deadbeef")
        var retention = Retention()
        retention.days = 3
        let end = 12.0 + 3 * 86400
        #expect(try store.sweep(retention, at: end - 1).isEmpty)
        #expect(try store.job("a").pictures.count == 1)
        #expect(try store.sweep(retention, at: end + 1) == ["deadbeef"])
        #expect(throws: ServingError.self) { try store.job("a") }
    }

    @Test("What is painted while somebody types is kept ten minutes", arguments: StoreKind.here)
    func fleeting(_ kind: StoreKind) throws {
        let store = try kind.store()
        var draft = draft()
        draft.isFleeting = true
        try finished(store, "a", draft, "deadbeef")
        #expect(try store.sweep(Retention(), at: 611).isEmpty)
        #expect(try store.sweep(Retention(), at: 613) == ["deadbeef"])
    }

    @Test("An upload is kept a day, and as long as a job starts from it", arguments: StoreKind.here)
    func uploads(_ kind: StoreKind) throws {
        let store = try kind.store()
        try store.uploaded("aaaa", by: "local", at: 10)
        try store.uploaded("bbbb", by: "local", at: 10)
        var draft = draft()
        draft.pictures = ["bbbb"]
        try finished(store, "a", draft, "cccc")
        #expect(try store.sweep(Retention(), at: 86409).isEmpty)
        #expect(try store.sweep(Retention(), at: 86411) == ["aaaa"])
        #expect(try store.neededPictures() == ["bbbb", "cccc"])
        var retention = Retention()
        retention.days = 2
        #expect(try Set(store.sweep(retention, at: 13 + 2 * 86400)) == ["bbbb", "cccc"])
        #expect(try store.neededPictures().isEmpty)
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
