import Foundation
import HTTPTypes
import Pinxit
import PinxitFiles
import PinxitServing
import Testing

@testable import PinxitHTTPAPI

@Suite struct DocumentTests {
    /// What answers a call that a document has, and what does not fit of it.
    private struct Asker {
        let server: Running
        let document: JSONValue

        func faults(
            _ method: HTTPRequest.Method, _ template: String, _ path: String, _ body: String? = nil
        ) async throws -> [String] {
            let answer = try await server.ask(method, path, body)
            let call = document["paths"]?[template]?[method.rawValue.lowercased()]
            guard let told = call?["responses"]?["\(answer.status)"] else {
                return ["\(method) \(path): \(answer.status) is not in the document"]
            }
            let type = answer.headers[.contentType]?.split(separator: ";").first.map(String.init)
            guard let content = told["content"] else { return answer.bytes.isEmpty ? [] : ["body"] }
            guard let schema = content[type ?? ""]?["schema"] else {
                return ["\(method) \(path): \(type ?? "nothing") is not in the document"]
            }
            guard type == "application/json" else { return [] }
            return SchemaCheck(document: document).faults(
                answer.json, schema, at: "\(method) \(path)")
        }
    }

    @Test("What is served fits the document that is served with it")
    func fitting() async throws {
        let server = try Running()
        let document = try await server.ask(.get, "/api/v1/openapi.json").json
        #expect(document["openapi"]?.text == "3.1.0")
        let asker = Asker(server: server, document: document)
        let job = try await server.paint(#"{"prompt":"a cat","count":2,"seed":7,"previews":2}"#)
        let (id, hash) = (job.id, job.pictures[0].hash)
        let picture = "/api/v1/images/{hash}"
        let own = "/api/v1/images/\(hash)"
        var faults: [String] = []
        let calls: [(HTTPRequest.Method, String, String, String?)] = [
            (.get, "/api/v1/capabilities", "/api/v1/capabilities", nil),
            (.get, "/api/v1/jobs", "/api/v1/jobs?active=1", nil),
            (.get, "/api/v1/jobs", "/api/v1/jobs?active=2", nil),
            (.get, "/api/v1/jobs/{id}", "/api/v1/jobs/\(id)", nil),
            (.get, "/api/v1/jobs/{id}", "/api/v1/jobs/none", nil),
            (.post, "/api/v1/jobs", "/api/v1/jobs", #"{"prompt":"b","steps":0}"#),
            (.post, "/api/v1/jobs", "/api/v1/jobs", #"{"prompt":"b","seed":1}"#),
            (.post, "/api/v1/jobs/{id}/cancel", "/api/v1/jobs/\(id)/cancel", nil),
            (.post, "/api/v1/jobs/{id}/move", "/api/v1/jobs/\(id)/move", "{}"),
            (.get, "/api/v1/jobs/{id}/events", "/api/v1/jobs/\(id)/events", nil),
            (.get, picture, own, nil), (.get, picture + "/thumbnail", own + "/thumbnail", nil),
            (.get, picture + "/settings", own + "/settings", nil),
            (.get, picture + "/explain", own + "/explain", nil),
            (.post, "/api/v1/images", "/api/v1/images", "{}"),
            (.get, "/api/v1/history", "/api/v1/history?q=cat", nil),
            (.post, "/api/v1/tokenize", "/api/v1/tokenize", #"{"prompt":"a cat"}"#),
            (.post, "/api/v1/queue", "/api/v1/queue", #"{"paused":false}"#),
            (.post, "/api/v1/session", "/api/v1/session", #"{"key":"none"}"#),
            (.delete, "/api/v1/history/{id}", "/api/v1/history/\(id)", nil),
            (.post, "/api/v1/history/{id}/restore", "/api/v1/history/\(id)/restore", nil),
            (.get, "/healthz", "/healthz", nil), (.get, "/readyz", "/readyz", nil),
            (.get, "/metrics", "/metrics", nil),
        ]
        for (method, template, path, body) in calls {
            faults += try await asker.faults(method, template, path, body)
        }
        #expect(faults == [])
        // A schema that everything fits would prove nothing.
        let check = SchemaCheck(document: document)
        #expect(!check.faults(["id": 5], Schema.named("Job")).isEmpty)
        await server.stop()
    }

    @Test("Every option and member that a job takes is in the document, with its bounds")
    func options() async throws {
        let server = try Running()
        let document = try await server.ask(.get, "/api/v1/openapi.json").json
        let request = document["components"]?["schemas"]?["JobRequest"]?["properties"]
        for option in RequestOptions.all {
            let place = option.group.map { request?[$0]?["properties"] } ?? request
            #expect(place?[option.key]?["description"]?.text == option.help)
        }
        for member in JobMember.all {
            #expect(request?[member.name]?["description"]?.text == member.help)
        }
        let check = SchemaCheck(document: document)
        func fits(_ body: JSONValue) -> Bool {
            check.faults(body, Schema.named("JobRequest")).isEmpty
        }
        #expect(fits(["prompt": "a", "steps": 150, "sampler": "euler", "seed": -1]))
        #expect(!fits(["prompt": "a", "steps": 151]) && !fits(["prompt": "a", "steps": 0]))
        #expect(!fits(["prompt": "a", "sampler": "eular"]) && !fits(["promt": "a"]))
        #expect(!fits(["prompt": "a", "tokens": ["top_q": 1]]))
        let hires = request?["hires_scale"]
        #expect("\(hires?["exclusiveMinimum"] as Any)".contains("1.0") && hires?["minimum"] == nil)
        await server.stop()
    }

    @Test("Another method is answered with those that there are")
    func methods() async throws {
        let server = try Running()
        let answer = try await server.ask(.delete, "/api/v1/jobs")
        #expect(answer.status == 405 && answer.headers[.allow] == "GET, HEAD, POST")
        #expect(answer["error.code"]?.text == "method_not_allowed")
        await server.stop()
    }
}
