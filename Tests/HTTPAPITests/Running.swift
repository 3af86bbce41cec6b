import Foundation
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
import NIOEmbedded
import PinxitFiles
import PinxitServing
import PinxitTestSupport

@testable import PinxitHTTPAPI

/// A server without a network, which the fake painter paints for.
final class Running: Sendable {
    struct Answer {
        let status: Int
        let headers: HTTPFields
        let bytes: [UInt8]

        var text: String { String(decoding: bytes, as: UTF8.self) }
        var json: JSONValue { (try? JSONValue(parsing: text)) ?? .null }
        /// The value at a path such as `error.code`.
        subscript(path: String) -> JSONValue? {
            path.split(separator: ".").reduce(json as JSONValue?) { $0?[String($1)] }
        }
    }

    let service: PaintService
    let folder: String
    private let responder: RouterResponder<APIContext>
    private let work: Task<Void, Never>

    /// - Parameters:
    ///   - models: Fixtures that are served.
    ///   - change: Of what is usual.
    init(
        options: ServerOptions = ServerOptions(), models: [String] = ["tiny-pinxit", "tiny-dalle"],
        change: (inout ServingConfiguration) -> Void = { _ in }
    ) throws {
        folder = NSTemporaryDirectory() + "pinxit-" + UUID().uuidString
        let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let painter = (tests as NSString).deletingLastPathComponent + "/PinxitFakePainter"
        var configuration = ServingConfiguration(folder: folder, program: painter)
        change(&configuration)
        let models = try models.map {
            try ServedModel(name: $0, path: Fixture.path($0))
        }
        let service = try PaintService(configuration, models: models)
        self.service = service
        responder = PictureServer(service, options).router.buildResponder()
        work = Task { await service.run() }
    }

    /// Lets go of everything.
    func stop() async {
        await service.stop(within: 0)
        await work.value
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Runs a test on this server, which is let go of however that ends.
    func used(_ test: (Running) async throws -> Void) async throws {
        do {
            try await test(self)
        } catch {
            await stop()
            throw error
        }
        await stop()
    }

    func ask(
        _ method: HTTPRequest.Method, _ path: String, _ body: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        var fields = HTTPFields()
        if body != nil { fields[.contentType] = "application/json" }
        for (name, value) in headers {
            if let name = HTTPField.Name(name) { fields[name] = value }
        }
        let authority = headers["Host"] ?? "127.0.0.1:7860"
        let request = Request(
            head: HTTPRequest(
                method: method, scheme: "http", authority: authority, path: path,
                headerFields: fields),
            body: RequestBody(buffer: ByteBuffer(string: body ?? "")))
        let context = APIContext(
            source: ApplicationRequestContextSource(
                channel: EmbeddedChannel(), logger: Logger(label: "test")))
        let response = try await responder.respond(to: request, context: context)
        let collected = Collected()
        try await response.body.write(Collector(target: collected))
        return Answer(
            status: response.status.code, headers: response.headers,
            bytes: Array(buffer: collected.buffer))
    }

    /// Submits a job and waits for its end.
    func paint(_ body: String) async throws -> Job {
        let answer = try await ask(.post, "/api/v1/jobs", body)
        guard case .string(let id)? = answer["id"] else { throw Unexpected(answer.text) }
        return try await service.finished(id, for: .server)
    }

    struct Unexpected: Error {
        let text: String
        init(_ text: String) { self.text = text }
    }

    private final class Collected: @unchecked Sendable { var buffer = ByteBuffer() }

    private struct Collector: ResponseBodyWriter {
        let target: Collected
        mutating func write(_ buffer: ByteBuffer) async throws {
            target.buffer.writeImmutableBuffer(buffer)
        }
        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
