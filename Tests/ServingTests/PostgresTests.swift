import Foundation
import PinxitWorkers
import Testing

@testable import PinxitServing

/// What only happens where several work on the same tables.
@Suite(.enabled(if: StoreKind.address != nil, "make test-postgres has a server"))
struct PostgresTests {
    private func draft(_ owner: String = "a", _ prompt: String = "a cat") -> JobDraft {
        var draft = JobDraft(model: "m", request: "{}", prompt: prompt, count: 1, seed: 1)
        draft.owner = owner
        return draft
    }

    private func accept(_ store: JobStore, _ draft: JobDraft, _ id: String) throws -> Job {
        try store.accept(draft, id: id, limit: 1000, at: 10, wait: 1)
    }

    /// Runs the same on threads of their own, all at once.
    static func together(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void)
        async throws
    {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                group.addTask {
                    try await withCheckedThrowingContinuation { done in
                        Thread.detachNewThread { done.resume(with: Result { try body(number) }) }
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("Of many who claim at once each gets jobs of its own, and owners take turns")
    func claims() async throws {
        let schema = try StoreKind.schema()
        let stores = try (0..<4).map { _ in JobStore(try StoreKind.database(schema)) }
        for number in 0..<120 {
            _ = try accept(stores[0], draft(["a", "b", "c"][number / 40]), "\(number)")
        }
        try await Self.together(8) { number in
            let store = stores[number % 4]
            while let job = try store.claim(worker: "w\(number)", at: 11) {
                guard try store.finish(job, worker: "w\(number)", warnings: [], at: 12) else {
                    throw StoreError("another finished \(job.id)")
                }
            }
        }
        let jobs = try stores[0].newest(1000)
        #expect(jobs.count == 120 && jobs.allSatisfy { $0.status == .done && $0.attempts == 1 })
        let told = try stores[0].events(after: 0, job: nil).filter { $0.kind == .done }
        #expect(Set(told.map(\.job)).count == 120 && told.count == 120)
        // Claims are in order, so that of each three in a row each owner has one; who finishes
        // when is chance.
        let owners = Dictionary(uniqueKeysWithValues: jobs.map { ($0.id, $0.owner) })
        let first = told.prefix(60).compactMap { $0.job.flatMap { owners[$0] } }
        for owner in ["a", "b", "c"] {
            #expect((20 - 8...20 + 8).contains(first.count { $0 == owner }))
        }
    }

    @Test("However many accept at once, the queue is no longer than it may be, a key gives one job")
    func bounds() async throws {
        let schema = try StoreKind.schema()
        let stores = try (0..<4).map { _ in JobStore(try StoreKind.database(schema)) }
        try await Self.together(8) { number in
            for turn in 0..<10 {
                var draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
                draft.owner = "a"
                draft.idempotencyKey = "\(turn)"
                _ = try? stores[number % 4].accept(
                    draft, id: "\(number) \(turn)", limit: 5, at: 10, wait: 1)
            }
        }
        #expect(try stores[0].active().map(\.place?.position) == [1, 2, 3, 4, 5])
    }

    @Test("Who reads events while many write misses none")
    func events() async throws {
        let schema = try StoreKind.schema()
        let stores = try (0..<3).map { _ in JobStore(try StoreKind.database(schema)) }
        try await Self.together(3) { number in
            guard number > 0 else {
                var (last, seen): (Int64, [String]) = (0, [])
                while seen.count < 100 {
                    for event in try stores[0].events(after: last, job: nil) {
                        last = event.number
                        seen.append(event.job ?? "")
                    }
                }
                guard Set(seen).count == 100 else { throw StoreError("twice") }
                return
            }
            for turn in 0..<50 {
                var draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
                draft.owner = "a"
                _ = try stores[number].accept(
                    draft, id: "\(number) \(turn)", limit: 1000, at: 10, wait: 1)
            }
        }
    }

    @Test("A worker that says nothing for a lease loses its job; the third time it is set aside")
    func leases() throws {
        let store = try StoreKind.postgres.store(lease: 30)
        func pass(_ seconds: Int) throws {
            try store.database.write { db in
                _ = try db.execute("UPDATE job SET lease_until = lease_until - \(seconds)")
            }
        }
        _ = try accept(store, draft(), "a")
        for attempt in 1...3 {
            let job = try #require(try store.claim(worker: "w", at: 11))
            #expect(job.attempts == attempt)
            try pass(20)
            #expect(try store.renew(job, worker: "w"))
            try pass(20)
            #expect(try store.takeBackExpired(at: 12) == 0)
            try pass(11)
            #expect(try store.takeBackExpired(at: 12) == 1)
            #expect(try !store.renew(job, worker: "w"))
            #expect(try !store.finish(job, worker: "w", warnings: [], at: 13))
        }
        let job = try store.job("a")
        #expect(job.status == .failed && job.failure?.code == .workerDied)
    }

    @Test("A worker is given jobs of the models it has")
    func models() throws {
        let store = try StoreKind.postgres.store()
        _ = try accept(store, draft(), "a")
        #expect(try store.claim(worker: "w", models: ["x", "y"], at: 11) == nil)
        #expect(try store.claim(worker: "w", models: ["x", "m"], at: 11)?.id == "a")
    }

    @Test("Connections that are cut are made again, and who asks then is answered")
    func cuts() throws {
        let schema = try StoreKind.schema()
        let store = JobStore(
            try PostgresDatabase(StoreKind.address(schema) + "&application_name=\(schema)"))
        for number in 0..<5 {
            _ = try accept(store, draft(), "\(number)")
            let other = try PostgresConnection(StoreKind.address(schema))
            let cut = try other.rows(
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = ?
                """, [schema])
            #expect(!cut.isEmpty)
        }
        #expect(try store.active().count == 5)
    }

    @Test("A server that takes no changes any more is left for the one that does")
    func failover() throws {
        let schema = try StoreKind.schema()
        let store = JobStore(
            try PostgresDatabase(StoreKind.address(schema) + "&application_name=\(schema)"))
        // Of the one connection there is, as a server says it that others have taken over from.
        try store.database.write { try $0.execute("SET default_transaction_read_only = on") }
        #expect(throws: ServingError.self) { try accept(store, draft(), "a") }
        _ = try accept(store, draft(), "a")
        #expect(try store.job("a").status == .queued)
    }

    @Test("Who finds all connections in use for long is told so")
    func room() async throws {
        let database = try PostgresDatabase(
            StoreKind.address(try StoreKind.schema()), connections: 1, patience: 0.2)
        _ = try database.read { _ in
            #expect(throws: ServingError.unavailable("all connections are in use")) {
                try database.read { _ in }
            }
        }
        try database.read { _ in }
    }

    @Test("What happens in one schema is heard there, and not in another")
    func channels() async throws {
        let schemas = try [StoreKind.schema(), StoreKind.schema()]
        let stores = try schemas.map { JobStore(try StoreKind.database($0)) }
        let (heard, hears) = AsyncStream<String?>.makeStream()
        let listener = PostgresListener(StoreKind.address(schemas[0])) { hears.yield($0) }
        defer { listener.stop() }
        var texts = heard.makeAsyncIterator()
        // It listens.
        #expect(await texts.next() == .some(nil))
        try stores[1].announce("step there")
        try stores[0].announce("step here")
        #expect(await texts.next() == "step here")
    }

    @Test(
        "An address that cannot be read is not told, since a password may be in it",
        arguments: [
            "postgresql://u:secret/x@h/d", "postgresql://u:se@cret@h/d",
            "postgresql://u:secret@h:x/d",
            "host=h password=secret port", "postgres//u:secret@h/d", "u:secret@h/d",
        ])
    func unreadable(_ address: String) {
        #expect {
            try PostgresConnection(address)
        } throws: { error in
            guard case ServingError.invalid = error else { return false }
            return !"\(error)".contains("cret")
        }
    }

    @Test("Where nobody listens, everybody is told so at once")
    func nobody() {
        let start = ContinuousClock.now
        #expect(throws: ServingError.self) {
            try PostgresDatabase("postgresql://x@/x?host=/nowhere")
        }
        #expect(ContinuousClock.now - start < .seconds(2))
    }
}
