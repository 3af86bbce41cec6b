import Foundation
import HTTPTypes
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitServing
import PinxitTestSupport
import Testing

@testable import PinxitHTTPAPI

/// What is sent by those who mean no good.
@Suite struct HostileTests {
    private func withServer(_ body: (Running) async throws -> Void) async throws {
        try await Running().used(body)
    }

    @Test("No name in an address or a body becomes a path")
    func traversal() async throws {
        let names = [
            "..%2f..%2f..%2fetc%2fpasswd", "....//....//etc/passwd", "%2e%2e/%2e%2e/jobs.sqlite",
            "..\\..\\jobs.sqlite", "%00", "jobs.sqlite", "server.lock", "~root",
            "../pictures", "file:%2f%2f%2fetc%2fpasswd", String(repeating: "a", count: 5000),
        ]
        try await withServer { server in
            for name in names {
                for path in [
                    "/\(name)", "/api/v1/images/\(name)", "/api/v1/images/\(name)/thumbnail",
                    "/api/v1/images/\(name)/explain", "/api/v1/jobs/\(name)",
                    "/api/v1/jobs/\(name)/previews/1", "/v1/models/\(name)",
                ] {
                    let answer = try await server.ask(.get, path)
                    #expect((400..<500).contains(answer.status), "\(path): \(answer.status)")
                    #expect(!answer.text.contains("root:") && !answer.text.contains("SQLite"))
                }
            }
            for name in [
                "../../etc/passwd", "/etc/passwd", "file:///etc/passwd", "http://127.0.0.1/",
            ] {
                for member in ["model", "source", "mask"] {
                    var body: JSONValue = ["prompt": "a", "kind": "edit", "source": "aGk="]
                    body = body.setting(member, .string(name))
                    let answer = try await server.ask(
                        .post, "/api/v1/jobs", body.encoded(indented: false))
                    #expect((400..<500).contains(answer.status))
                }
            }
        }
    }

    @Test("Options that mean nothing here take no more room than they may, all together")
    func options() async throws {
        try await withServer { server in
            var statuses: [Int] = []
            for number in 0..<4 {
                let body: JSONValue = [:]
                let text = JSONValue.string(String(repeating: "a", count: 100_000))
                let answer = try await server.ask(
                    .post, "/sdapi/v1/options",
                    body.setting("x\(number)", text).encoded(indented: false))
                statuses.append(answer.status)
            }
            #expect(statuses == [200, 200, 413, 413])
            let kept = try await server.ask(.get, "/sdapi/v1/options")
            #expect(kept["x1"] != nil && kept["x2"] == nil)
        }
    }

    @Test("Whatever a client says comes back in no header")
    func headers() async throws {
        try await withServer { server in
            let evil = "a\r\nSet-Cookie: x=1"
            for path in [
                "/api/v1/jobs/a%0d%0aSet-Cookie:%20x=1", "/api/v1/history?q=a%0d%0aSet-Cookie:%20x",
                "/api/v1/images/a%0d%0aX:1?download=1",
            ] {
                let answer = try await server.ask(.get, path)
                #expect(answer.headers[.setCookie] == nil)
            }
            let body: JSONValue = ["prompt": .string(evil), "group": .string(evil)]
            let answer = try await server.ask(
                .post, "/api/v1/jobs", body.encoded(indented: false))
            #expect(answer.status == 202)
            for field in answer.headers { #expect(!field.value.contains("x=1")) }
        }
    }

    @Test("More than is accepted is refused, whatever there is more of")
    func limits() async throws {
        try await withServer { server in
            let limits = server.service.limits
            let long = String(repeating: "a", count: limits.prompt + 1)
            let deep = String(repeating: "[", count: 100_000)
            for (body, status) in [
                (#"{"prompt":"\#(long)"}"#, 400), (#"{"prompt":"a","count":1000000}"#, 400),
                (#"{"prompt":"a","negative_prompt":"\#(long)"}"#, 400),
                (#"{"prompt":"a","original_prompt":"\#(long)"}"#, 400),
                (#"{"prompt":"a","width":100000,"height":100000}"#, 400),
                (#"{"prompt":"a","steps":99999999999999999999}"#, 400),
                (
                    #"{"prompt":"a","source":{"kind":"interpolation","prompts":["\#(long)","b"],"frames":3}}"#,
                    400
                ),
                (#"{"prompt":"a","group":"\#(long)"}"#, 400), (#"{"prompt":\#(deep)"#, 400),
                (#"{"prompt":"a","prompt":"b"}"#, 400), ("{\"prompt\":\"\u{0}\"}", 400),
            ] {
                let answer = try await server.ask(.post, "/api/v1/jobs", body)
                #expect(answer.status == status, "\(body.prefix(60)): \(answer.status)")
            }
            let huge = ["Content-Length": "\(limits.json + 1)"]
            let answer = try await server.ask(.post, "/api/v1/jobs", "{}", headers: huge)
            #expect(answer.status == 413)
            #expect(try server.service.newest(for: .server).isEmpty)
        }
    }

    @Test("A value that an option does not hold is refused by its name, with what is accepted")
    func values() async throws {
        try await withServer { server in
            for (body, field, words) in [
                (#"{"prompt":"a","seed":4294967296}"#, "seed", "from 0 to 4294967295"),
                (#"{"prompt":"a","seed":-2}"#, "seed", "from 0 to 4294967295"),
                (#"{"prompt":"a","tile":"both"}"#, "tile", "x, y, xy"),
            ] {
                let answer = try await server.ask(.post, "/api/v1/jobs", body)
                #expect(answer.status == 400 && answer["error.field"]?.text == field)
                #expect(answer["error.message"]?.text?.contains(words) == true, "\(answer.text)")
            }
        }
    }

    @Test("OpenAI's clients are told of the fields that they sent")
    func fields() async throws {
        try await withServer { server in
            for (more, field) in [
                (#""n":1000"#, "n"), (#""size":"4096x4096""#, "size"), (#""n":0"#, "n"),
            ] {
                let answer = try await server.ask(
                    .post, "/v1/images/generations", #"{"prompt":"a",\#(more)}"#)
                #expect(answer.status == 400 && answer["error.param"]?.text == field)
                #expect(answer["error.message"]?.text?.hasPrefix("\(field): ") == true)
            }
        }
    }

    @Test("A picture whose head promises too much is refused before it is decoded")
    func pictures() async throws {
        try await withServer { server in
            var png = [UInt8](try PNG.encode(Picture(width: 2, height: 2, color: [1, 2, 3])))
            // The width and height of its head: 65535 each, with the head's checksum wrong or not.
            png.replaceSubrange(16..<24, with: [0, 0, 255, 255, 0, 0, 255, 255])
            for bytes in [png, Array(png.prefix(40)), Array("GIF89a".utf8), Array("<svg/>".utf8)] {
                let text = Data(bytes).base64EncodedString()
                let answer = try await server.ask(
                    .post, "/api/v1/jobs", #"{"prompt":"a","kind":"edit","source":"\#(text)"}"#)
                #expect(answer.status == 400)
                #expect(!answer.text.contains("source: source"), "\(answer.text)")
            }
        }
    }

    @Test("A picture with very many settings is read in no time", .timeLimit(.minutes(1)))
    func settings() async throws {
        try await withServer { server in
            let fields = (0..<50_000).map { "key \($0): \($0)" }.joined(separator: ", ")
            let png = try PNG.encode(
                Picture(width: 2, height: 2, color: [1, 2, 3]),
                texts: [PNGText(key: "parameters", text: "a cat\nSteps: 4, \(fields)")])
            let answer = try await server.ask(
                .post, "/sdapi/v1/png-info", #"{"image":"\#(png.base64EncodedString())"}"#)
            #expect(answer.status == 200)
            #expect(answer["parameters"]?["key 49999"]?.text == "49999")
            #expect(answer["parameters"]?["Steps"]?.text == "4")
        }
    }

    @Test("The same seed paints the same, whoever else asks at the same time")
    func company() async throws {
        try await withServer { server in
            func paint(_ seed: Int) async throws -> JobPicture {
                try await server.paint(#"{"prompt":"a","seed":\#(seed)}"#).pictures[0]
            }
            let seeds = (0..<12).map { 9 + $0 / 2 }
            let found = try await withThrowingTaskGroup(of: (Int, JobPicture).self) { group in
                for seed in seeds { group.addTask { (seed, try await paint(seed)) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            var hashes: [Int: String] = [:]
            for (seed, picture) in found {
                #expect(picture.seed == UInt32(seed))
                #expect(hashes[seed] ?? picture.hash == picture.hash)
                hashes[seed] = picture.hash
            }
            #expect(Set(hashes.values).count == 6)
            for seed in hashes.keys { #expect(try await paint(seed).hash == hashes[seed]) }
        }
    }

    @Test("What is no HTTP, or too much of it, is refused and ends no server")
    func protocols() throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try ServerProgram(
            data: folder, model: Fixture.path("tiny-pinxit"), isFake: true)
        let get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
        let post =
            "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        let many = (0..<5000).map { "X-\($0): a\r\n" }.joined()
        for text in [
            get + "X-A: \(String(repeating: "a", count: 100_000))\r\n\r\n", get + many + "\r\n",
            "GET /\(String(repeating: "a", count: 100_000)) HTTP/1.1\r\nHost: localhost\r\n\r\n",
            // Two lengths are how a request is smuggled past a proxy.
            post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            post + "Content-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
            post + "Content-Length: -5\r\n\r\n", post + "Transfer-Encoding: chunked\r\n\r\nx\r\n",
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{0}\u{1}\r\n\r\n",
        ] {
            let answer = String(decoding: try server.bytes(answering: text), as: UTF8.self)
            // Where more was sent than is read the answer may be lost with the connection.
            #expect(
                answer.isEmpty || answer.hasPrefix("HTTP/1.1 400"),
                "\(text.prefix(80)): \(answer.prefix(80))")
        }
        let nobody = try server.bytes(answering: "GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        #expect(String(decoding: nobody, as: UTF8.self).hasPrefix("HTTP/1.1 403"))
        #expect(try server.ask("GET", "/healthz").0 == 200)
        #expect(server.end(SIGTERM) == 0)
    }

    @Test("Many who send half a request and wait hold nobody up")
    func slow() throws {
        let folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let server = try ServerProgram(
            data: folder, model: Fixture.path("tiny-pinxit"), isFake: true)
        let open = try (0..<200).map { number in
            try server.send(
                number.isMultiple(of: 2)
                    ? "POST /api/v1/jobs HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Length: 999\r\n\r\n{"
                    : "GET /healthz HTTP/1.1\r\nHost: loc")
        }
        let start = ContinuousClock.now
        #expect(try server.ask("GET", "/healthz").0 == 200)
        #expect(try server.ask("POST", "/api/v1/jobs", #"{"prompt":"a"}"#).0 == 202)
        #expect(ContinuousClock.now - start < .seconds(10))
        for socket in open { close(socket) }
        #expect(server.end(SIGTERM) == 0)
    }
}
