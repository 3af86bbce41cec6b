import Foundation
import Testing

@testable import PinxitServing

/// What lies in PostgreSQL's tables.
@Suite(.enabled(if: StoreKind.address != nil, "make test-postgres has a server"))
struct PostgresTablesTests {
    @Test("Tables are made once, however many begin; those of a later version are refused")
    func migrations() async throws {
        let schema = try StoreKind.schema()
        try await PostgresTests.together(6) { _ in _ = try StoreKind.database(schema) }
        let connection = try PostgresConnection(StoreKind.address(schema))
        let versions: Int? = try connection.value("SELECT COUNT(*) FROM pinxit_version")
        #expect(versions == PostgresSchema.versions.count)
        try connection.execute("INSERT INTO pinxit_version (number) VALUES (99)")
        #expect(throws: StoreError.self) { try StoreKind.database(schema) }
    }

    @Test("Pictures lie in the database byte for byte, once, and go when nothing needs them")
    func files() throws {
        let database = try StoreKind.database(try StoreKind.schema())
        let shelf = PictureShelf(PostgresStorage(database: database, shelf: "picture"))
        let bytes = Data((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) })
        let hash = try shelf.put(bytes)
        #expect(try shelf.put(bytes) == hash && shelf.bytes(hash) == bytes)
        #expect(try shelf.size() == 200_000)
        try shelf.remove(hash)
        #expect(try shelf.has(hash), "it is younger than an hour")
        try database.write { _ = try $0.execute("UPDATE file SET created = created - 3601") }
        try shelf.remove(hash)
        #expect(throws: ServingError.self) { try shelf.bytes(hash) }
    }

    @Test("What somebody says is kept as it is, whatever is in it")
    func texts() throws {
        let store = try StoreKind.postgres.store()
        for (id, prompt) in [("a", "a ' \" \\ ? $1 %s 猫\u{1F600}"), ("b", "zero \0 inside")] {
            let draft = JobDraft(model: "m", request: "{}", prompt: prompt, count: 1, seed: 1)
            _ = try store.accept(draft, id: id, limit: 9, at: 10, wait: 1)
        }
        #expect(try store.job("a").prompt == "a ' \" \\ ? $1 %s 猫\u{1F600}")
        // A text there has no zero.
        #expect(try store.job("b").prompt == "zero \u{FFFD} inside")
    }
}
