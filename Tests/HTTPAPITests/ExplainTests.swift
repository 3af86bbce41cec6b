import Foundation
import HTTPTypes
import PinxitFiles
import PinxitImages
import PinxitServing
import PinxitTestSupport
import Testing

@testable import PinxitHTTPAPI

@Suite struct ExplainTests {
    private func withServer(_ body: (Running) async throws -> Void) async throws {
        try await Running().used(body)
    }

    @Test("A picture is explained by a job outside the history, once, and kept")
    func explaining() async throws {
        try await withServer { server in
            let painted = try await server.paint(#"{"prompt":"a red cat","seed":3,"count":2}"#)
            let path = "/api/v1/images/\(painted.pictures[1].hash)/explain"
            try server.service.setPaused(true)
            let first = try await server.ask(.get, path)
            #expect(first.status == 202 && first["job.kind"]?.text == "explain")
            let id = try #require(first["job.id"]?.text)
            #expect(first.headers[.location] == "/api/v1/jobs/\(id)")
            let second = try await server.ask(.get, path)
            #expect(second.status == 202 && second["job.id"]?.text == id)
            try server.service.setPaused(false)
            let job = try await server.service.finished(id, for: .server)
            #expect(job.status == .done && job.warnings.isEmpty && job.pictures.isEmpty)
            let told = try await server.ask(.get, path)
            #expect(told.status == 200)
            let words = told["texts"]?[0]?["words"]
            #expect((0..<4).map { words?[$0]?["text"]?.text } == ["a", "red", "cat", nil])
            #expect(told.headers[.cacheControl]?.contains("immutable") == true)
            let step = try await server.ask(.get, path + "/steps/1")
            #expect(step.status == 200 && step.bytes.starts(with: [0x89, 0x50]))
            #expect(try await server.ask(.get, path + "/steps/2").status == 404)
            // What is painted again is nobody's new picture.
            let history = try await server.ask(.get, "/api/v1/history")
            #expect(history["items"]?[0]?["id"]?.text == painted.id)
            #expect(history["items"]?[1] == nil)
            let settings = try await server.ask(
                .get, "/api/v1/images/\(painted.pictures[1].hash)/settings")
            #expect("\(settings["settings.seed"] as Any)".contains("4"))
        }
    }

    @Test("Of what is not explained it is said why")
    func refusals() async throws {
        try await withServer { server in
            let missing = String(repeating: "0", count: 64)
            let none = try await server.ask(.get, "/api/v1/images/\(missing)/explain")
            #expect(none.status == 404 && none["error.code"]?.text == "not_found")
            // Whoever painted this did not say how.
            let strange = try PNG.encode(Picture(width: 2, height: 2, color: [1, 2, 3]))
            let kept = try server.service.upload(strange, by: .server)
            let answer = try await server.ask(.get, "/api/v1/images/\(kept.hash)/explain")
            #expect(answer.status == 404 && answer["error.code"]?.text == "not_explained")
            #expect(answer["error.message"]?.text?.contains("nobody knows") == true)
        }
    }

    @Test(
        "Every family explains what it paints, and paints it again to the same pixels",
        arguments: [("pinxit-gan", "gan", ""), ("pinxit-dalle", "entropy", "")]
            + ["pinxit-small", "pinxit-unclip"].map { ($0, "guidance", #","steps":2"#) })
    func families(_ name: String, _ member: String, _ more: String) throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try ServerProgram(
            data: folder, model: Fixture.path("../../Models/\(name)"))
        let body = #"{"prompt":"a red apple","seed":3\#(more)}"#
        let painted = try server.finished(
            try server.json("POST", "/v1/images/generations", body)["job_id"]?.text)
        let hash = try #require(painted["images"]?[0]?["hash"]?.text)
        let path = "/api/v1/images/\(hash)/explain"
        let job = try server.finished(try server.json("GET", path)["job"]?["id"]?.text)
        #expect(job["status"]?.text == "done" && job["warnings"]?[0] == nil, "\(job)")
        let told = try server.json("GET", path)
        let words = told["texts"]?[0]?["words"]
        #expect((0..<4).map { words?[$0]?["text"]?.text } == ["a", "red", "apple", nil])
        #expect(words?[2]?["map"]?["values"]?[0] != nil)
        #expect(told[member]?[member == "gan" ? "looks" : "values"]?[0] != nil)
        #expect((told["steps"]?[0]?["picture"] != nil) == (member == "guidance"))
        #expect(server.end(SIGTERM) == 0)
    }

    @Test("Where painting it again gives another picture, the job says so")
    func another() async throws {
        try await withServer { server in
            let red = try await server.paint(#"{"prompt":"a","seed":255}"#)
            let hash = red.pictures[0].hash
            // As where a program has changed since.
            let folder = server.folder + "/pictures/\(hash.prefix(2))/"
            let other = try await server.paint(#"{"prompt":"a","seed":9}"#).pictures[0].hash
            let bytes = try Data(
                contentsOf: URL(
                    fileURLWithPath: server.folder + "/pictures/\(other.prefix(2))/\(other).png"))
            try bytes.write(to: URL(fileURLWithPath: folder + "\(hash).png"))
            let answer = try await server.ask(.get, "/api/v1/images/\(hash)/explain")
            let id = try #require(answer["job.id"]?.text)
            let job = try await server.service.finished(id, for: .server)
            #expect(job.status == .done && job.warnings.count == 1)
        }
    }
}
