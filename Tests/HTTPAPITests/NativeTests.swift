import Foundation
import HTTPTypes
import PinxitFiles
import PinxitServing
import PinxitWorkers
import Testing

@testable import PinxitHTTPAPI

@Suite struct NativeTests {
    private static let dots = Array(repeating: "\"data:image/png;base64,\(dot)\"", count: 3)
        .joined(separator: ",")
    /// A PNG of one pixel.
    private static let dot = """
        iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGM4\
        IScHAAK2AQU0pnWqAAAAAElFTkSuQmCC
        """

    /// Runs a test on a server of its own.
    private func withServer(
        options: ServerOptions = ServerOptions(),
        change: (inout ServingConfiguration) -> Void = { _ in },
        _ body: (Running) async throws -> Void
    ) async throws {
        try await Running(options: options, change: change).used(body)
    }

    @Test("A job is accepted with 202, painted, and its pictures are there for ever")
    func painting() async throws {
        try await withServer { server in
            let answer = try await server.ask(
                .post, "/api/v1/jobs", #"{"prompt":"a cat","count":2,"seed":7}"#)
            #expect(answer.status == 202)
            guard case .string(let id)? = answer["id"] else { return #expect(Bool(false)) }
            #expect(answer.headers[.location] == "/api/v1/jobs/\(id)")
            let job = try await server.service.finished(id, for: .server)
            #expect(job.status == .done && job.pictures.map(\.seed) == [7, 8])
            let address = "/api/v1/images/\(job.pictures[0].hash)"
            let picture = try await server.ask(.get, address)
            #expect(picture.status == 200 && SHA256.hex(picture.bytes) == job.pictures[0].hash)
            #expect(picture.headers[.cacheControl]?.contains("immutable") == true)
            let tag = try #require(picture.headers[.eTag])
            let again = try await server.ask(.get, address, headers: ["If-None-Match": tag])
            #expect(again.status == 304 && again.bytes.isEmpty)
            let small = try await server.ask(.get, address + "/thumbnail?side=16")
            #expect(small.status == 200 && small.bytes.starts(with: [0x89, 0x50]))
        }
    }

    @Test(
        "What is not accepted is said with its field and what would be",
        arguments: [
            (#"{"promt":"x"}"#, 400, "unknown_field", "promt: is unknown; is prompt meant?"),
            (
                #"{"prompt":"x","steps":0}"#, 400, "invalid_value",
                "steps: 0 is not from 1 to 100000"
            ),
            (#"{"prompt":"x","steps":151}"#, 400, "too_large", "steps: 151 is more than 150"),
            (
                #"{"prompt":"x","source":{"kind":"blend","pictures":[\#(Self.dots)]}}"#, 400,
                "invalid_value", "source.pictures: 3 pictures; two are blended"
            ),
            (#"{"prompt":"x","count":11}"#, 400, "too_large", "count: 11 is more than 10"),
            (#"{"prompt":"x","width":4096,"height":4096}"#, 400, "too_large", "width:"),
            (#"{"prompt":"x","model":"y"}"#, 404, "model_not_found", "tiny-pinxit, tiny-dalle are"),
            (#"{"prompt":"x","kind":"y"}"#, 400, "invalid_value", "kind: y is not known"),
            (#"{"prompt":"x","tokens":{"top_q":1}}"#, 400, "unknown_field", "tokens.top_q"),
            (
                #"{"prompt":"x","model":"tiny-dalle","steps":3}"#, 400, "invalid_value",
                "no use for it"
            ),
            (
                #"{"prompt":"x","image_prompt":"data:image/png;base64,\#(Self.dot)"}"#, 400,
                "invalid_value",
                "image_prompt: is not accepted; this server has no IP-Adapter for tiny-pinxit"
            ),
            (
                #"{"prompt":"x","image_prompt_scale":1}"#, 400, "invalid_value",
                "image_prompt_scale: goes with image_prompt"
            ),
            (
                #"{"prompt":"x","controls":[{"picture":"data:image/png;base64,\#(Self.dot)"}]}"#,
                400,
                "invalid_value",
                "controls[0].model: is missing; this server has no ControlNet for tiny-pinxit"
            ),
            (#"{"prompt":"x","source":"../../etc/passwd"}"#, 400, "invalid_value", "source:"),
            (#"{"kind":"vary"}"#, 400, "invalid_value", "source: is missing"),
            (#"{"count":2}"#, 400, "invalid_value", "prompt: is missing"),
            (#"{"prompt":5}"#, 400, "invalid_value", "prompt: is no text"),
            (#"{"prompt":"x""#, 400, "invalid_json", "the body is not valid JSON"),
            ("[]", 400, "invalid_value", "an object is accepted"),
        ])
    func refusals(_ body: String, _ status: Int, _ code: String, _ message: String) async throws {
        try await withServer { server in
            let answer = try await server.ask(.post, "/api/v1/jobs", body)
            #expect(answer.status == status)
            guard case .string(let found)? = answer["error.code"],
                case .string(let text)? = answer["error.message"]
            else { return #expect(Bool(false), "\(answer.text)") }
            #expect(found == code)
            #expect(text.contains(message), "\(text)")
        }
    }

    @Test("What the policy refuses is a clear 400 in the shape of each door, with scores")
    func blocked() async throws {
        try await withServer { server in
            let body = #"{"prompt":"hardcore porn"}"#
            let native = try await server.ask(.post, "/api/v1/jobs", body)
            #expect(native.status == 400 && native["error.code"]?.text == "blocked")
            #expect(native["moderation.refused"]?[0]?.text == "sexual")
            #expect(native["moderation.scores.sexual"].map { "\($0)".contains("0.95") } == true)
            let openAI = try await server.ask(.post, "/v1/images/generations", body)
            #expect(openAI.status == 400 && openAI["error.code"]?.text == "moderation_blocked")
            #expect(openAI["error.param"]?.text == "prompt" && openAI["moderation"] != nil)
            let webUI = try await server.ask(.post, "/sdapi/v1/txt2img", body)
            #expect(webUI.status == 400 && webUI["error"]?.text == "blocked")
            #expect(webUI["detail"]?.text?.contains("sexual") == true)
            #expect(try server.service.newest(for: .server).isEmpty)
            // What a picture shall not show may be said, unless it is turned round.
            let away = #"{"prompt":"a cat","negative_prompt":"porn","steps":1"#
            #expect(try await server.ask(.post, "/api/v1/jobs", away + "}").status == 202)
            let towards = away + #","guidance_scale":0}"#
            #expect(try await server.ask(.post, "/api/v1/jobs", towards).status == 400)
            let job = try await server.paint(#"{"prompt":"a nude by Titian"}"#)
            let told = try await server.ask(.get, "/api/v1/jobs/\(job.id)")
            #expect(told["moderation.sexual"].map { "\($0)".contains("0.5") } == true)
        }
    }

    @Test("Pictures that the safety checker flags are withheld and said so, or reported")
    func flagged() async throws {
        try await withServer { server in
            let job = try await server.paint(#"{"prompt":"checked","count":2,"seed":2}"#)
            #expect(job.status == .done && job.pictures.map(\.seed) == [2])
            #expect(job.warnings == ["picture 2 is withheld: the safety checker flagged it"])
            let all = try await server.paint(#"{"prompt":"checked","seed":3}"#)
            #expect(all.status == .failed && all.failure?.code == .blocked && all.pictures.isEmpty)
            let openAI = try await server.ask(
                .post, "/v1/images/generations", #"{"prompt":"checked","seed":3}"#)
            #expect(openAI.status == 400 && openAI["error.code"]?.text == "moderation_blocked")
        }
        let low: (inout ServingConfiguration) -> Void = { $0.policy = .low }
        try await withServer(change: low) { server in
            let job = try await server.paint(#"{"prompt":"checked","count":2,"seed":2}"#)
            #expect(job.pictures.map { $0.safety?.isFlagged } == [false, true])
            let told = try await server.ask(.get, "/api/v1/jobs/\(job.id)").json["images"]
            let isTold = "\(told?[1]?["safety"]?["flagged"] as Any)".contains("true")
            #expect(isTold)
        }
    }

    @Test("Who has had its share waits, others do not; what is refused costs nothing")
    func rates() async throws {
        var options = ServerOptions()
        options.keys = ["a", "b"].map {
            AccessKey(name: $0, key: String(repeating: $0, count: 16))
        }
        // Two pictures of 32x32 in 4 steps a minute.
        let change: (inout ServingConfiguration) -> Void = { $0.rate = 2 * 32 * 32 * 4 }
        try await withServer(options: options, change: change) { server in
            func answer(_ key: String, _ more: String = "", idempotency: String? = nil)
                async throws -> Running.Answer
            {
                var headers = ["X-API-Key": String(repeating: key, count: 16)]
                headers["Idempotency-Key"] = idempotency
                let body = #"{"prompt":"x","width":32,"height":32,"steps":4\#(more)}"#
                return try await server.ask(.post, "/api/v1/jobs", body, headers: headers)
            }
            #expect(try await answer("a", #","eta":2"#).status == 400)
            #expect(try await answer("a", idempotency: "1").status == 202)
            #expect(try await answer("a", idempotency: "1").status == 202)
            #expect(try await answer("a").status == 202)
            let refused = try await answer("a")
            #expect(refused.status == 429 && refused.headers[.retryAfter] != nil)
            #expect(refused["error.code"]?.text == "rate_limited")
            // What is there is told, however little is left.
            #expect(try await answer("a", idempotency: "1").status == 202)
            #expect(try await answer("b").status == 202)
        }
    }

    @Test("The audit log says who asked for what, without prompts unless they are asked for")
    func auditing() async throws {
        for keepsPrompts in [false, true] {
            let file = NSTemporaryDirectory() + "pinxit-audit-" + UUID().uuidString
            defer { try? FileManager.default.removeItem(atPath: file) }
            let change: (inout ServingConfiguration) -> Void = {
                ($0.audit, $0.auditsPrompts) = (file, keepsPrompts)
            }
            try await withServer(change: change) { server in
                _ = try await server.paint(#"{"prompt":"my secret garden"}"#)
                _ = try await server.ask(.post, "/api/v1/jobs", #"{"prompt":"secret porn"}"#)
            }
            let text = try String(contentsOfFile: file, encoding: .utf8)
            let lines = try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
            #expect(lines.map { $0["action"]?.text } == ["submit", "blocked"])
            #expect(lines[0]["by"]?.text == "local" && lines[0]["pixel_steps"] != nil)
            #expect(text.contains("secret") == keepsPrompts)
            #expect((lines[0]["prompt_digest"] == nil) == keepsPrompts)
        }
    }

    @Test("Events are numbered, and who comes back gets what was missed and nothing twice")
    func resuming() async throws {
        try await withServer { server in
            let job = try await server.paint(#"{"prompt":"a","count":2,"seed":1,"previews":1}"#)
            let path = "/api/v1/jobs/\(job.id)/events"
            func events(_ headers: [String: String] = [:]) async throws -> [(String, String)] {
                let text = try await server.ask(.get, path, headers: headers).text
                return text.components(separatedBy: "\n\n").compactMap { block in
                    let lines = block.split(separator: "\n")
                    guard let id = lines.first(where: { $0.hasPrefix("id: ") }),
                        let name = lines.first(where: { $0.hasPrefix("event: ") })
                    else { return nil }
                    return (String(id.dropFirst(4)), String(name.dropFirst(7)))
                }
            }
            let all = try await events()
            #expect(all.map(\.1) == ["queued", "started", "image", "image", "done"])
            let rest = try await events(["Last-Event-ID": all[2].0])
            #expect(rest.map(\.0) == all.dropFirst(3).map(\.0))
            #expect(try await events(["Last-Event-ID": all[4].0]).isEmpty)
            for path in [path, "/api/v1/jobs/none/events"] {
                let wrong = try await server.ask(.get, path, headers: ["Last-Event-ID": "x"])
                #expect(wrong.status == 400)
            }
        }
    }

    @Test("A cancelled job ends at once and gives no pictures; a finished one is not cancelled")
    func cancelling() async throws {
        try await withServer { server in
            let body = #"{"prompt":"slow","count":10,"steps":150,"seed":1}"#
            let long = try await server.ask(.post, "/api/v1/jobs", body)
            guard case .string(let id)? = long["id"] else { return #expect(Bool(false)) }
            // To its end it would take 150 seconds, in which nothing else is painted.
            let answer = try await server.ask(.post, "/api/v1/jobs/\(id)/cancel")
            #expect(answer.status == 200 && "\(answer["status"] as Any)".contains("cancelled"))
            let next = try await server.paint(#"{"prompt":"b","seed":2}"#)
            #expect(next.status == .done)
            let again = try await server.ask(.post, "/api/v1/jobs/\(id)/cancel")
            #expect(again.status == 409 && again["job.id"] != nil)
            #expect(try await server.ask(.post, "/api/v1/jobs/none/cancel").status == 404)
        }
    }

    @Test("A worker that dies three times takes its job along and nothing else")
    func dying() async throws {
        try await withServer { server in
            let bad = try await server.paint(#"{"prompt":"die"}"#)
            #expect(bad.status == .failed && bad.failure?.code == .workerDied)
            #expect(bad.attempts == JobStore.mostAttempts)
            #expect(try await server.paint(#"{"prompt":"a"}"#).status == .done)
        }
    }

    @Test("A full queue is answered with 429 and when to try again")
    func full() async throws {
        let one: (inout ServingConfiguration) -> Void = { $0.limits.queue = 1 }
        try await withServer(change: one) { server in
            try server.service.setPaused(true)
            _ = try await server.ask(.post, "/api/v1/jobs", #"{"prompt":"a"}"#)
            let answer = try await server.ask(.post, "/api/v1/jobs", #"{"prompt":"a"}"#)
            #expect(answer.status == 429 && answer.headers[.retryAfter] != nil)
        }
    }

    @Test("A picture of the server is varied and edited by its hash, with its own words")
    func fromPictures() async throws {
        try await withServer { server in
            let first = try await server.paint(#"{"prompt":"a red cat","seed":3}"#)
            let hash = first.pictures[0].hash
            let varied = try await server.paint(#"{"kind":"vary","source":"\#(hash)","seed":4}"#)
            #expect(varied.prompt == "a red cat" && varied.source == hash)
            #expect(varied.request.contains(#""picture":"\#(hash)""#))
            let edited = try await server.paint(
                #"{"kind":"edit","source":"\#(hash)","prompt":"b","extend":{"left":8}}"#)
            #expect(edited.status == .done && edited.request.contains("inpaint"))
            let found = try await server.paint(
                #"{"kind":"edit","source":"\#(hash)","prompt":"b","mask_text":"the cat","#
                    + #""mask_caption":"a red cat","fill":"noise"}"#)
            #expect(found.status == .done && found.request.contains(#""words":"the cat""#))
            for more in [#""mask_text":"cat","mask":"\#(hash)""#, #""mask_caption":"a cat""#] {
                let answer = try await server.ask(
                    .post, "/api/v1/jobs",
                    #"{"kind":"edit","source":"\#(hash)","prompt":"b",\#(more)}"#)
                #expect(answer.status == 400 && answer.text.contains("mask_text"))
            }
            let settings = try await server.ask(.get, "/api/v1/images/\(hash)/settings")
            #expect("\(settings["settings.seed"] as Any)".contains("3"))
        }
    }
}
