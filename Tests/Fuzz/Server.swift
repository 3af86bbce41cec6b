import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles

@testable import PinxitHTTPAPI
@testable import PinxitServing

/// What the server reads of whoever reaches it: every body as far as the job it becomes, which is
/// not painted.
extension FuzzTarget {
    static let doors: [String: Body] = [
        "server-form": { bytes in
            let parts = bytes.split(separator: 10, maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2 else { return }
            let type = String(decoding: parts[0], as: UTF8.self)
            guard let form = try? Multipart(Array(parts[1]), type: type),
                let fields = try? FormFields(form)
            else { return }
            openAI(fields.json, fields.images, fields.mask)
        },
        "server-job": { bytes in
            guard let json = json(bytes) else { return }
            _ = try? service.draft(json, for: .server)
        },
        "server-openai": { bytes in
            guard let json = json(bytes) else { return }
            openAI(json, [], nil)
        },
        "server-webui": { bytes in
            guard let json = json(bytes), let model = service.catalogue.models.first else { return }
            let fields = JSONField(json)
            for isFromPicture in [false, true] {
                let units = WebUIControlUnits(
                    request: fields, service: service, model: model, asker: .server,
                    isFromPicture: isFromPicture)
                guard let controls = try? units.members() else { continue }
                let asked = WebUIRequest(fields: fields, model: model, controls: controls)
                guard let body = try? asked.body(isFromPicture: isFromPicture) else { continue }
                _ = try? service.draft(body, for: .server)
            }
        },
        "server-events": { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            for request in [
                request("/api/v1/events?\(text)", nil), request("/api/v1/events", text),
            ] {
                guard let number = try? NativeEvents.last(request) else { continue }
                guard number >= 0 else { fatalError("\(number) is the number of an event") }
            }
        },
        "server-upload": { bytes in
            let text = String(decoding: bytes, as: UTF8.self)
            guard let file = try? service.decoded(text, "image", for: .server) else { return }
            // What is accepted is a picture, and the base64 of it too.
            guard (try? service.decoded(file.base64EncodedString(), "image", for: .server)) == file
            else { fatalError("\(text) is accepted and not what it holds") }
        },
    ]

    /// Nothing is painted: nobody runs it.
    private static let service: PaintService = {
        let folder = "/dev/shm/pinxit-fuzz-server-\(getpid())"
        let path = "Tests/Fixtures/tiny-pinxit"
        do {
            return try PaintService(
                ServingConfiguration(folder: folder, program: "/bin/false"),
                models: [try ServedModel(name: "tiny-pinxit", path: path)])
        } catch {
            fatalError("\(path), from the repository's own folder: \(error)")
        }
    }()

    private static func json(_ bytes: UnsafeBufferPointer<UInt8>) -> JSONValue? {
        // As the body of a request is read.
        try? JSONValue(parsing: UnsafeRawBufferPointer(bytes), longestArray: 100_000)
    }

    private static func openAI(_ json: JSONValue, _ images: [String], _ mask: String?) {
        let asked = OpenAIRequest(
            fields: JSONField(json), catalogue: service.catalogue)
        _ = (try? asked.asAddress, try? asked.format, try? asked.isStreamed)
        for kind in images.isEmpty ? ["paint"] : ["edit", "vary"] {
            guard let body = try? asked.body(kind: kind, source: images.first, mask: mask) else {
                continue
            }
            _ = try? service.draft(body, for: .server)
        }
    }

    private static func request(_ path: String, _ id: String?) -> Request {
        var fields = HTTPFields()
        if let id, let name = HTTPField.Name("Last-Event-ID") { fields[name] = id }
        return Request(
            head: HTTPRequest(
                method: .get, scheme: "http", authority: "127.0.0.1", path: path,
                headerFields: fields),
            body: RequestBody(buffer: ByteBuffer()))
    }
}
