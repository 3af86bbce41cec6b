import Foundation
import GRDB
import PinxitFiles
import Testing

@testable import PinxitServing

@Suite struct MigrationTests {
    @Test("A store from before pictures had owners says whose events and pictures are")
    func owners() throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        try makeFolder(folder)
        let hash = String(repeating: "a", count: 64)
        let other = String(repeating: "b", count: 64)
        let old = try DatabaseQueue(path: folder.path("jobs.sqlite"))
        try SQLiteSchema.migrator.migrate(old, upTo: "4")
        try old.write { db in
            try db.execute(
                sql: """
                    INSERT INTO job (id, kind, status, model, owner, request, prompt, source, count,
                        seed, previews, priority, place, created, fleeting)
                    VALUES ('j', 'edit', 'done', 'm', 'ann', ?, 'a', ?, 1, 1, 0, 0, 1, 1, 0)
                    """,
                arguments: [
                    #"{"source":{"kind":"inpaint","picture":"\#(hash)","#
                        + #""mask":{"picture":"\#(other)"}},"prompt":"a"}"#, hash,
                ])
            try db.execute(
                sql: """
                    INSERT INTO event (kind, job, detail, time)
                    VALUES ('done', 'j', '{}', 1), ('paused', NULL, '{"paused":true}', 2)
                    """)
            try db.execute(
                sql: "INSERT INTO upload (hash, created) VALUES (?, 3)", arguments: [hash])
        }
        try old.close()
        let store = try JobStore(folder: folder)
        let (ann, bob, local) = (Asker(owner: "ann"), Asker(owner: "bob"), Asker(owner: "local"))
        #expect(try store.events(after: 0, job: nil, for: ann).map(\.kind) == [.done, .paused])
        #expect(try store.events(after: 0, job: nil, for: bob).map(\.kind) == [.paused])
        for picture in [hash, other] {
            #expect(try store.sees(picture, ann) && !store.sees(picture, bob))
        }
        #expect(try store.sees(hash, local) && !store.sees(other, local))
    }
}
