import Foundation
import PinxitFiles
import Testing

@testable import PinxitServing

@Suite struct SweepingTests {
    private let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString

    private func place(_ kind: StoreKind) throws -> StorePlace {
        var configuration = ServingConfiguration(folder: folder, program: "")
        if kind == .postgres { configuration.store = StoreKind.address(try StoreKind.schema()) }
        return try StorePlace(configuration)
    }

    /// A job that is done, with a picture of that hash.
    private func finish(_ store: JobStore, _ id: String, _ hash: String) throws {
        let draft = JobDraft(model: "m", request: "{}", prompt: "", count: 1, seed: 1)
        _ = try store.accept(draft, id: id, limit: 9, at: 10, wait: 1)
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
        arguments: StoreKind.here)
    func orphans(_ kind: StoreKind) throws {
        let place = try place(kind)
        let hashes = try (0..<2).map { try place.shelf.put(Data(count: 1000 + $0)) }
        try place.explanations.put("{}", [], Data(), of: hashes[0])
        for (id, hash) in zip(["a", "b"], hashes) { try finish(place.store, id, hash) }
        _ = try place.store.setDeleted(true, "a", at: 13)
        try place.sweep(Retention(), at: 90)
        #expect(try place.store.newest(9).map(\.id) == ["b"])
        #expect(try place.shelf.has(hashes[0]), "it is young")
        try age(place)
        try place.sweep(Retention(), at: 90)
        #expect(try !place.shelf.has(hashes[0]) && place.shelf.has(hashes[1]))
        #expect(try place.shelf.size() == 1001 && place.explanations.size() == 0)
    }

    @Test("What a request that was refused came with goes an hour later", arguments: StoreKind.here)
    func refused(_ kind: StoreKind) throws {
        let place = try place(kind)
        let pictures = (0..<3).map { Data(count: 100 + $0) }
        let hashes = try pictures.map { try place.shelf.put($0) }
        try finish(place.store, "a", hashes[0])
        try place.store.uploaded(hashes[1], by: "local", at: 10)
        try place.explanations.put("{}", [], Data(), of: hashes[2])
        func left() throws -> [Bool] {
            try place.sweep(Retention(), at: 20)
            return try hashes.map { try place.shelf.has($0) }
        }
        #expect(try left() == [true, true, true], "it is younger than an hour")
        try age(place)
        _ = try place.shelf.put(pictures[2])
        #expect(try left() == [true, true, true], "it is asked for again")
        try age(place)
        #expect(try left() == [true, true, false])
        #expect(try place.explanations.size() == 0)
    }

    /// Makes all files an hour older.
    private func age(_ place: StorePlace) throws {
        if place.store.isShared {
            try place.store.database.write {
                _ = try $0.execute("UPDATE file SET created = created - 3601")
            }
        }
        let old = Date(timeIntervalSinceNow: -3601)
        let files = FileManager.default
        for name in (try? files.subpathsOfDirectory(atPath: folder)) ?? [] {
            try files.setAttributes([.modificationDate: old], ofItemAtPath: "\(folder)/\(name)")
        }
    }
}
