import Foundation
import PinxitFiles
import Testing

@testable import PinxitServing

@Suite struct SweepingTests {
    private func place(_ kind: StoreKind) throws -> StorePlace {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        var configuration = ServingConfiguration(folder: folder, program: "")
        if kind == .postgres { configuration.store = StoreKind.address(try StoreKind.schema()) }
        return try StorePlace(configuration)
    }

    /// A job that is done, with a picture of that hash.
    private func finish(_ store: JobStore, _ id: String, _ hash: String) throws {
        let draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
        _ = try store.accept(draft, id: id, limit: 9, at: 10, wait: { $0 })
        let job = try #require(try store.claim(worker: "w", at: 11))
        let picture = JobPicture(number: 1, hash: hash, seed: 1, width: 8, height: 8)
        _ = try store.add(picture, to: job, worker: "w", at: 11)
        _ = try store.finish(job, worker: "w", warnings: [], at: 12)
    }

    private func retention(bytes: Int) -> Retention {
        var retention = Retention()
        retention.bytes = bytes
        return retention
    }

    @Test(
        "Above the bytes that are kept jobs are forgotten only while that frees some",
        arguments: StoreKind.here)
    func bounded(_ kind: StoreKind) throws {
        let place = try place(kind)
        // Nothing of the jobs lies on the shelf; what does is no job's.
        for id in ["a", "b", "c"] { try finish(place.store, id, SHA256.hex(Data(id.utf8))) }
        let other = try place.shelf.put(Data(count: 1000))
        try place.sweep(retention(bytes: 500), at: 20)
        #expect(try place.store.newest(9).map(\.id) == ["c", "b"])
        #expect(try place.shelf.has(other))
    }

    @Test("A picture that several jobs have goes with the last of them", arguments: StoreKind.here)
    func shared(_ kind: StoreKind) throws {
        let place = try place(kind)
        let hash = try place.shelf.put(Data(count: 1000))
        for id in ["a", "b"] { try finish(place.store, id, hash) }
        let late = try place.shelf.put(Data(count: 300))
        try finish(place.store, "c", late)
        try age(place)
        try place.sweep(retention(bytes: 500), at: 20)
        #expect(try place.store.newest(9).map(\.id) == ["c"])
        #expect(try place.shelf.size() == 300 && !place.shelf.has(hash))
    }

    @Test(
        "What was too young to go when its job was forgotten goes an hour later",
        .enabled(if: StoreKind.address != nil, "make test-postgres has a server"))
    func orphans() throws {
        let place = try place(.postgres)
        let hashes = try (0..<2).map { try place.shelf.put(Data(count: 1000 + $0)) }
        try place.explanations.put("{}", [], Data(), of: hashes[0])
        for (id, hash) in zip(["a", "b"], hashes) { try finish(place.store, id, hash) }
        _ = try place.store.setDeleted(true, "a", at: 13)
        try place.sweep(Retention(), at: 90)
        #expect(try place.store.newest(9).map(\.id) == ["b"])
        #expect(try place.shelf.has(hashes[0]), "it is younger than an hour")
        try age(place)
        try place.sweep(Retention(), at: 90)
        #expect(try !place.shelf.has(hashes[0]) && place.shelf.has(hashes[1]))
        #expect(try place.shelf.size() == 1001 && place.explanations.size() == 0)
    }

    /// Where files have to be old to go, makes all so.
    private func age(_ place: StorePlace) throws {
        guard place.store.isShared else { return }
        try place.store.database.write {
            _ = try $0.execute("UPDATE file SET created = created - 3601")
        }
    }
}
