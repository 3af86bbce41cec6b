import HTTPTypes
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
}
