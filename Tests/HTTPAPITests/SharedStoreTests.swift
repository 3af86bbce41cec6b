import Foundation
import HTTPTypes
import PinxitFiles
import PinxitPlatform
import PinxitServing
import PinxitTestSupport
import Testing

@testable import PinxitHTTPAPI

/// Two servers with one PostgreSQL database, of which one only takes jobs and the other paints.
@Suite(
    .enabled(
        if: ProcessInfo.processInfo.environment["PINXIT_TEST_POSTGRES"] != nil,
        "make test-postgres has a server"))
struct SharedStoreTests {
    private func withServers(_ body: (Running, Running) async throws -> Void) async throws {
        let place = try Self.place()
        func server(paints: Bool) throws -> Running {
            try Running { configuration in
                configuration.store = place
                configuration.paints = paints
            }
        }
        let (door, painter) = (try server(paints: false), try server(paints: true))
        do {
            try await body(door, painter)
        } catch {
            await door.stop()
            await painter.stop()
            throw error
        }
        await door.stop()
        await painter.stop()
    }

    /// Tables of their own, in the one database.
    private static func place() throws -> String {
        let address = ProcessInfo.processInfo.environment["PINXIT_TEST_POSTGRES"] ?? ""
        let schema = "h" + UUID().uuidString.replacing("-", with: "").lowercased()
        let psql = Process()
        psql.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        psql.arguments = ["psql", "-q", address, "-c", "CREATE SCHEMA \(schema)"]
        try psql.run()
        psql.waitUntilExit()
        return address + "&options=-csearch_path%3D\(schema)"
    }

    @Test("What one server accepts another paints, and both have events and pictures")
    func painting() async throws {
        try await withServers { door, painter in
            let job = try await door.paint(
                #"{"prompt":"a cat","count":2,"seed":7,"previews":3,"steps":8}"#)
            #expect(job.status == .done && job.pictures.map(\.seed) == [7, 8])
            let path = "/api/v1/images/\(job.pictures[1].hash)"
            let (here, there) = (
                try await door.ask(.get, path), try await painter.ask(.get, path)
            )
            #expect(here.status == 200 && here.bytes == there.bytes)
            #expect(SHA256.hex(here.bytes) == job.pictures[1].hash)
            for server in [door, painter] {
                let preview = try await server.ask(.get, "/api/v1/jobs/\(job.id)/previews/1")
                #expect(preview.status == 200 && preview.bytes.starts(with: [0x89, 0x50]))
            }
            let events = try await door.ask(.get, "/api/v1/jobs/\(job.id)/events").text
            #expect(events.contains("event: started") && events.contains("event: done"))
            let found = try await painter.ask(.get, "/api/v1/history?q=cat").text
            #expect(found.contains(job.id))
        }
    }

    @Test("pinxit worker paints what a server accepts, and ends when it is asked to")
    func worker() async throws {
        let place = try Self.place()
        let door = try Running {
            $0.store = place
            $0.paints = false
        }
        let worker = Process()
        worker.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit"))
        worker.arguments = [
            "worker", "--store", place, "--model", Fixture.path("tiny-pinxit"), "--threads", "1",
        ]
        try worker.run()
        let job = try? await door.paint(#"{"prompt":"a cat","seed":7,"steps":2}"#)
        kill(worker.processIdentifier, SIGTERM)
        worker.waitUntilExit()
        await door.stop()
        #expect(job?.status == .done && job?.pictures.count == 1)
        #expect(worker.terminationStatus == 0)
    }

    @Test("An address that cannot be read is wrong use, and not shown")
    func address() throws {
        let server = Process()
        server.executableURL = URL(fileURLWithPath: ServerProgram.folder.path("pinxit-server"))
        server.arguments = [
            "--store", "postgresql://u:secret/x@h/d", "--program", "x", "--model",
            "m=\(Fixture.path("tiny-pinxit"))",
        ]
        let errors = Pipe()
        server.standardError = errors
        try server.run()
        let text = String(
            decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        server.waitUntilExit()
        #expect(server.terminationStatus == 64)
        #expect(text.contains("cannot be read") && !text.contains("secret"), "\(text)")
    }

    @Test("Steps are heard by all; a cancel anywhere ends the painting, sooner than a lease would")
    func cancelling() async throws {
        try await withServers { door, painter in
            let body = #"{"prompt":"slow","count":10,"steps":150,"seed":1}"#
            let answer = try await door.ask(.post, "/api/v1/jobs", body)
            let id = try #require(answer["id"]?.text)
            let path = "/api/v1/jobs/\(id)"
            var progress: JSONValue?
            for _ in 0..<100 where progress == nil {
                try await Task.sleep(for: .milliseconds(50))
                progress = try await door.ask(.get, path)["progress.steps"]
            }
            #expect(progress?.encoded(indented: false) == "150")
            let start = ContinuousClock.now
            #expect(try await door.ask(.post, path + "/cancel").status == 200)
            // The painter is free for the next.
            let next = try await door.paint(#"{"prompt":"b","seed":2}"#)
            #expect(next.status == .done && ContinuousClock.now - start < .seconds(8))
        }
    }

    @Test("A pause holds for all")
    func pausing() async throws {
        try await withServers { door, painter in
            #expect(
                try await painter.ask(.post, "/api/v1/queue", #"{"paused":true}"#).status == 200)
            let answer = try await door.ask(.post, "/api/v1/jobs", #"{"prompt":"a"}"#)
            let id = try #require(answer["id"]?.text)
            try await Task.sleep(for: .milliseconds(300))
            #expect(try door.service.job(id, for: .server).status == .queued)
            #expect(
                try await door.ask(.post, "/api/v1/queue", #"{"paused":false}"#).status == 200)
            #expect(try await painter.service.finished(id, for: .server).status == .done)
        }
    }
}
