import Foundation
import HTTPTypes
import PinxitFiles
import PinxitServing
import Testing

@testable import PinxitHTTPAPI

@Suite struct LogTests {
    @Test("The log says what was answered and what became of jobs, and not what clients said")
    func log() async throws {
        let file = NSTemporaryDirectory() + "pinxit-log-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        let server = try Running { $0.log = file }
        _ = try await server.paint(#"{"prompt":"my secret garden","count":2,"seed":255}"#)
        _ = try await server.paint(#"{"prompt":"secret die"}"#)
        let search = try await server.ask(.get, "/api/v1/history?q=secret")
        _ = try await server.ask(.get, "/api/v1/images/secret")
        let metrics = try await server.ask(.get, "/metrics").text
        await server.stop()

        let text = try String(contentsOfFile: file, encoding: .utf8)
        let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
        #expect(lines.allSatisfy { $0["time"] != nil && $0["level"] != nil })
        let requests = lines.filter { $0["event"]?.text == "request" }
        #expect(
            requests.map { $0["route"]?.text } == [
                "/api/v1/jobs", "/api/v1/jobs", "/api/v1/history", "/api/v1/images/{hash}",
                "/metrics",
            ])
        let found = requests.first { $0["route"]?.text == "/api/v1/history" }
        let id = HTTPField.Name("x-request-id").flatMap { search.headers[$0] }
        #expect(found?["request"]?.text == id && id != nil)
        let jobs = lines.filter { $0["event"]?.text == "job" }
        #expect(jobs.map { $0["end"]?.text } == ["done", "lost", "lost", "lost"])
        #expect(jobs.map { $0["level"]?.text } == ["info", "error", "error", "error"])
        #expect(jobs[1]["reason"]?.text == "worker_died" && jobs[0]["model"]?.text == "tiny-pinxit")
        #expect(!text.contains("secret"))

        let labels = #"model="tiny-pinxit",kind="paint""#
        #expect(metrics.contains(#"pinxit_jobs_ended_total{\#(labels),end="done",reason=""} 1"#))
        #expect(
            metrics.contains(
                #"pinxit_jobs_ended_total{\#(labels),end="lost",reason="worker_died"} 3"#))
    }
}
