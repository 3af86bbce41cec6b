import Foundation
import Testing

@testable import PinxitServing

@Suite struct RetentionTests {
    private func draft(_ prompt: String = "a cat", owner: String = "local") -> JobDraft {
        var draft = JobDraft(
            model: "m", request: #"{"prompt":"\#(prompt)","seed":1}"#, prompt: prompt, count: 2,
            seed: 1)
        draft.owner = owner
        return draft
    }

    private func accept(_ store: JobStore, _ draft: JobDraft, _ id: String) throws -> Job {
        try store.accept(draft, id: id, limit: 4, at: 10, wait: { $0 * 2 })
    }

    private func picture(_ number: Int, _ hash: String = "h") -> JobPicture {
        JobPicture(number: number, hash: hash, seed: UInt32(number), width: 8, height: 8)
    }

    @Test(
        "What is taken out of the history comes back for a minute, and then is gone",
        arguments: StoreKind.here)
    func undo(_ kind: StoreKind) throws {
        let store = try kind.store()
        _ = try accept(store, draft(), "a")
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
            _ = try accept(store, draft(), id)
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
        for id in ["a", "b", "c"] { _ = try accept(store, draft(), id) }
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
