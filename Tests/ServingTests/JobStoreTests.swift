import Foundation
import PinxitFiles
import PinxitWorkers
import Testing

@testable import PinxitServing

@Suite struct JobStoreTests {
    @Test("A disk that is full is a store that is not reached; what was accepted stays")
    func full() throws {
        let store = try StoreKind.sqlite.store()
        _ = try store.accept(draft(), "a")
        try store.database.write { _ = try $0.value("PRAGMA max_page_count = 1") as Int? }
        var wide = draft()
        wide.request = String(repeating: "a", count: 1 << 20)
        #expect(throws: ServingError.unavailable("jobs.sqlite: database or disk is full")) {
            try store.accept(wide, "b")
        }
        #expect(try store.newest(9).map(\.id) == ["a"])
        try store.database.write { _ = try $0.value("PRAGMA max_page_count = 100000") as Int? }
        #expect(try store.accept(wide, "b").status == .queued)
    }

    @Test("A file that is no database, or a newer program's, is named")
    func strange() throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try makeFolder(folder)
        let path = folder.path("jobs.sqlite")
        try Data(count: 4096).write(to: URL(fileURLWithPath: path))
        #expect(throws: FileError(path: path, problem: "file is not a database")) {
            try SQLiteDatabase(folder: folder)
        }
        try FileManager.default.removeItem(atPath: path)
        try SQLiteDatabase(folder: folder).write {
            _ = try $0.execute("INSERT INTO grdb_migrations VALUES ('99')")
        }
        #expect(throws: FileError(path: path, problem: "is of a newer pinxit; that one opens it")) {
            try SQLiteDatabase(folder: folder)
        }
    }

    @Test(
        "A job goes from the queue to the history, and every change is told once",
        arguments: StoreKind.here)
    func way(_ kind: StoreKind) throws {
        let store = try kind.store()
        _ = try store.accept(draft(), "a")
        let job = try #require(try store.claim(worker: "w", at: 11))
        #expect(job.id == "a" && job.attempts == 1)
        #expect(try store.claim(worker: "w", at: 11) == nil)
        #expect(try store.began(job, worker: "w", settings: #"{"steps":4}"#, at: 12))
        for number in [1, 2, 2] {
            #expect(try store.add(picture(number), to: job, worker: "w", at: 13))
        }
        #expect(try store.finish(job, worker: "w", warnings: ["dark"], at: 14))
        let done = try store.job("a")
        #expect(done.status == .done && done.pictures.map(\.number) == [1, 2])
        #expect(done.warnings == ["dark"])
        let kinds = try store.events(after: 0, job: nil).map(\.kind)
        #expect(kinds == [.queued, .started, .image, .image, .done])
        #expect(try store.history("", before: nil, limit: 9).map(\.id) == ["a"])
    }

    @Test("A job is done when all its pictures are there", arguments: StoreKind.here)
    func whole(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b"] { _ = try store.accept(draft(), id) }
        let job = try #require(try store.claim(worker: "w", at: 11))
        let other = try #require(try store.claim(worker: "w", at: 11))
        for number in [1, 2] {
            _ = try store.add(picture(number), to: other, worker: "w", at: 12)
        }
        _ = try store.add(picture(1), to: job, worker: "w", at: 12)
        #expect(try !store.finish(job, worker: "w", pictures: 2, warnings: [], at: 13))
        #expect(try store.job("a").status == .painting)
        _ = try store.add(picture(2), to: job, worker: "w", at: 14)
        #expect(try store.finish(job, worker: "w", pictures: 2, warnings: [], at: 15))
        #expect(try store.job("a").status == .done)
    }

    @Test("Who lost a job changes nothing of it any more", arguments: StoreKind.here)
    func lost(_ kind: StoreKind) throws {
        let store = try kind.store()
        _ = try store.accept(draft(), "a")
        let job = try #require(try store.claim(worker: "old-1", at: 11))
        #expect(try store.takeBack(notOf: "new", at: 12) == 1)
        let again = try #require(try store.claim(worker: "new", at: 13))
        #expect(again.id == "a" && again.attempts == 1)
        #expect(try !store.add(picture(1), to: job, worker: "old-1", at: 14))
        #expect(try !store.finish(job, worker: "old-1", warnings: [], at: 14))
        #expect(try store.finish(again, worker: "new", warnings: [], at: 15))
        #expect(try store.events(after: 0, job: nil).filter { $0.kind == .done }.count == 1)
    }

    @Test(
        "A job that kills its worker three times is set aside with the reason",
        arguments: StoreKind.here)
    func poison(_ kind: StoreKind) throws {
        let store = try kind.store()
        _ = try store.accept(draft(), "a")
        for _ in 1...3 {
            let job = try #require(try store.claim(worker: "w", at: 11))
            let failure = WorkFailure(.workerDied, "killed")
            #expect(try store.release(job, worker: "w", counts: true, failure, at: 12))
        }
        #expect(try store.claim(worker: "w", at: 13) == nil)
        let job = try store.job("a")
        #expect(job.status == .failed && job.failure == WorkFailure(.workerDied, "killed"))
    }

    @Test(
        "The same key of the same owner is the same job, of another owner another",
        arguments: StoreKind.here)
    func idempotency(_ kind: StoreKind) throws {
        let store = try kind.store()
        var draft = draft()
        draft.idempotencyKey = "k"
        #expect(try store.accept(draft, "a").id == "a")
        #expect(try store.accept(draft, "b").id == "a")
        draft.owner = "other"
        #expect(try store.accept(draft, "c").id == "c")
        #expect(try store.active().count == 2)
    }

    @Test("A full queue says how many wait and for how long", arguments: StoreKind.here)
    func full(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b", "c", "d"] { _ = try store.accept(draft(), id) }
        #expect(throws: ServingError.queueFull(waiting: 4, seconds: 8)) {
            try store.accept(draft(), "e")
        }
    }

    @Test("Owners take turns; within one the order of the queue holds", arguments: StoreKind.here)
    func turns(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a1", "a2"] { _ = try store.accept(draft(owner: "a"), id) }
        for id in ["b1", "b2"] { _ = try store.accept(draft(owner: "b"), id) }
        var order: [String] = []
        while let job = try store.claim(worker: "w", at: 11) { order.append(job.id) }
        #expect(order == ["a1", "b1", "a2", "b2"])
    }

    @Test("A waiting job goes before another, or to the end", arguments: StoreKind.here)
    func moving(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b", "c"] { _ = try store.accept(draft(), id) }
        try store.move("c", before: "a", at: 11)
        #expect(try store.active().map(\.job.id) == ["c", "a", "b"])
        try store.move("c", before: nil, at: 12)
        #expect(try store.active().map(\.job.id) == ["a", "b", "c"])
        try store.measured(3, of: "m")
        let place = try store.place(try store.job("b"))
        #expect(place == QueuePlace(position: 2, seconds: 6))
        #expect(try store.place(try store.job("a")) == QueuePlace(position: 1, seconds: 0))
        _ = try store.claim(worker: "w", at: 13)
        #expect(throws: ServingError.finished(job: "a", .painting)) {
            try store.move("a", before: nil, at: 14)
        }
    }

    @Test("A cancelled job is claimed by nobody and finished by nobody", arguments: StoreKind.here)
    func cancelling(_ kind: StoreKind) throws {
        let store = try kind.store()
        for id in ["a", "b"] { _ = try store.accept(draft(), id) }
        let job = try #require(try store.claim(worker: "w", at: 11))
        _ = try store.cancel("a", at: 12)
        _ = try store.cancel("b", at: 12)
        #expect(try !store.finish(job, worker: "w", warnings: [], at: 13))
        #expect(try store.claim(worker: "w", at: 13) == nil)
        #expect(throws: ServingError.finished(job: "a", .cancelled)) {
            try store.cancel("a", at: 14)
        }
        #expect(throws: ServingError.notFound("z")) { try store.cancel("z", at: 14) }
    }

    @Test(
        "The history is searched by beginnings of words and by Han characters anywhere",
        arguments: StoreKind.here)
    func search(_ kind: StoreKind) throws {
        let store = try kind.store()
        let prompts = [("a", "a red apple"), ("b", "一只红色的猫"), ("c", "Äpfel, two")]
        for (id, prompt) in prompts {
            _ = try store.accept(draft(prompt), id)
            let job = try #require(try store.claim(worker: "w", at: 11))
            _ = try store.finish(job, worker: "w", warnings: [], at: 12)
        }
        func found(_ words: String) throws -> [String] {
            try store.history(words, before: nil, limit: 9).map(\.id)
        }
        #expect(try found("app") == ["a"])
        #expect(try found("red apple") == ["a"])
        #expect(try found("ple").isEmpty)
        #expect(try found("红色") == ["b"])
        #expect(try found("色红").isEmpty)
        #expect(try found("apfel") == ["c"])
        #expect(try found("\" OR *").isEmpty)
        #expect(try store.history("", before: 2, limit: 9).map(\.id) == ["a"])
    }
}
