import Foundation
import HTTPTypes
import PinxitFiles
import Testing

@testable import PinxitHTTPAPI

@Suite struct GuardTests {
    private static let body = #"{"prompt":"a"}"#

    private func status(
        _ headers: [String: String], options: ServerOptions = ServerOptions(),
        path: String = "/api/v1/jobs", isGet: Bool = false
    ) async throws -> Int {
        let server = try Running(options: options)
        let answer = try await server.ask(
            isGet ? .get : .post, path, isGet ? nil : Self.body, headers: headers)
        await server.stop()
        return answer.status
    }

    @Test(
        "Names that lead here and are not ours are refused",
        arguments: [
            ("evil.example", 403), ("127.0.0.1.evil.example:7860", 403), ("", 403),
            ("localhost:7860", 202), ("127.0.0.1", 202), ("[::1]:7860", 202),
        ])
    func hosts(_ host: String, _ expected: Int) async throws {
        #expect(try await status(["Host": host]) == expected)
    }

    @Test("Its own names count in any case, and an address of IPv6 in brackets")
    func ownNames() async throws {
        var options = ServerOptions()
        options.names = ["Paint.Example.org", "2001:DB8::5"]
        for (host, expected) in [
            ("paint.example.org", 202), ("PAINT.example.org:7860", 202),
            ("[2001:db8::5]:7860", 202), ("[2001:db8::6]", 403),
        ] { #expect(try await status(["Host": host], options: options) == expected, "\(host)") }
    }

    @Test("Pages of other sites may not ask for anything")
    func origins() async throws {
        #expect(try await status(["Origin": "http://evil.example"]) == 403)
        #expect(try await status(["Origin": "null"]) == 403)
        #expect(try await status(["Sec-Fetch-Site": "cross-site"]) == 403)
        #expect(try await status(["Origin": "http://127.0.0.1:7860"]) == 202)
        #expect(try await status(["Content-Type": "text/plain"]) == 415)
    }

    @Test("With keys nobody comes in without one, however it is sent")
    func keys() async throws {
        var options = ServerOptions()
        options.keys = [AccessKey(name: "me", key: "0123456789abcdef")]
        #expect(try await status([:], options: options) == 401)
        #expect(try await status(["X-API-Key": "0123456789abcdeg"], options: options) == 401)
        #expect(try await status(["X-API-Key": "0123456789abcdef"], options: options) == 202)
        let bearer = "Bearer 0123456789abcdef"
        #expect(try await status(["Authorization": bearer], options: options) == 202)
        let basic = "Basic bWU6MDEyMzQ1Njc4OWFiY2RlZg=="
        #expect(try await status(["Authorization": basic], options: options) == 202)
        #expect(try await status([:], options: options, path: "/", isGet: true) == 200)
        let history = "/api/v1/history"
        #expect(try await status([:], options: options, path: history, isGet: true) == 401)
    }

    @Test(
        "A key lets do what its scope says and no more",
        arguments: [
            ("read", [200, 200, 403, 403, 403, 403, 403, 403]),
            ("generate", [200, 200, 202, 403, 403, 403, 404, 404]),
            ("admin", [200, 200, 202, 200, 200, 200, 404, 404]),
        ])
    func scopes(_ name: String, _ expected: [Int]) async throws {
        var options = ServerOptions()
        let scope = try #require(AccessKey.Scope(rawValue: name))
        options.keys = [AccessKey(name: "me", key: "0123456789abcdef", scope: scope)]
        let server = try Running(options: options)
        var found: [Int] = []
        for (method, path, body) in [
            (HTTPRequest.Method.get, "/api/v1/history", nil),
            (.post, "/api/v1/tokenize", #"{"prompt":"a"}"#), (.post, "/api/v1/jobs", Self.body),
            (.post, "/api/v1/queue", #"{"paused":false}"#),
            (.post, "/api/v1/queue/", #"{"paused":false}"#),
            (.post, "//api//v1/queue", #"{"paused":false}"#),
            (.get, "/api/v1/images/none/explain/", nil),
            (.delete, "/api/v1/history/none", nil),
        ] {
            found.append(
                try await server.ask(
                    method, path, body, headers: ["X-API-Key": "0123456789abcdef"]
                ).status)
        }
        await server.stop()
        #expect(found == expected)
    }

    @Test("Keys are read with names and scopes, and a line that is none is refused")
    func keyFiles() throws {
        let file = NSTemporaryDirectory() + "pinxit-keys-" + UUID().uuidString
        defer { try? FileManager.default.removeItem(atPath: file) }
        let key = "0123456789abcdef"
        let digest = "sha256:" + SHA256.hex(Array("\(key)3".utf8))
        try "# ours\n\(key)0\nme \(key)1\nscreen \(key)2 read\nbob \(digest) generate\n".write(
            toFile: file, atomically: true, encoding: .utf8)
        let keys = try AccessKey.read(file)
        #expect(keys.map(\.name) == ["key1", "me", "screen", "bob"])
        #expect(keys.map(\.scope) == [.admin, .admin, .read, .generate])
        let found = (0..<5).map { AccessKey.sent("\(key)\($0)", of: keys)?.name }
        #expect(found == ["key1", "me", "screen", "bob", nil])
        // Who reads the file has no key.
        #expect(AccessKey.sent(digest, of: keys) == nil)
        for line in [
            "me \(key) everything", "me short", "a \(key) read more", "bob \(digest.dropLast())",
            "bob \(digest.dropLast())x",
        ] {
            try line.write(toFile: file, atomically: true, encoding: .utf8)
            #expect(throws: FileError.self) { try AccessKey.read(file) }
        }
    }
}
