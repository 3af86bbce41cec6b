import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles

extension Response {
    /// A JSON value, in one line.
    static func json(
        _ value: JSONValue, status: HTTPResponse.Status = .ok, headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = "application/json; charset=utf-8"
        if headers[.cacheControl] == nil { headers[.cacheControl] = "no-store" }
        return Response(
            status: status, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(string: value.encoded(indented: false))))
    }

    /// JSON that a client may have already.
    static func tagged(_ text: String, _ request: Request) -> Response {
        let tag = "\"\(SHA256.hex(Array(text.utf8)).prefix(32))\""
        let headers: HTTPFields = [.eTag: tag, .cacheControl: "no-cache"]
        if request.headers[.ifNoneMatch] == tag {
            return Response(status: .notModified, headers: headers)
        }
        return .bytes(text.utf8, type: "application/json; charset=utf-8", headers: headers)
    }

    /// Bytes of some type.
    static func bytes(
        _ bytes: some Sequence<UInt8>, type: String, headers: HTTPFields = HTTPFields()
    ) -> Response {
        var headers = headers
        headers[.contentType] = type
        return Response(
            status: .ok, headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    /// Text.
    static func text(_ text: String, status: HTTPResponse.Status = .ok) -> Response {
        Response(
            status: status,
            headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension Request {
    /// The bytes of the body.
    ///
    /// - Throws: `APIError` for more than the limit.
    func bytes(limit: Int) async throws -> [UInt8] {
        let tooLarge = APIError(
            .contentTooLarge, "too_large", "the body is larger than \(limit) bytes")
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit {
            throw tooLarge
        }
        do {
            return Array(buffer: try await body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    /// The JSON in the body; an empty body is an empty object where that is allowed.
    ///
    /// JSON has to be said to be JSON: a page of another site can send anything else without
    /// asking.
    /// - Throws: `APIError`, `JSONSyntaxError`.
    func json(limit: Int, allowsEmpty: Bool = false) async throws -> JSONValue {
        let bytes = try await bytes(limit: limit)
        if bytes.isEmpty, allowsEmpty { return [:] }
        guard mediaType == "application/json" else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type",
                "Content-Type: application/json is accepted")
        }
        return try bytes.withUnsafeBytes { bytes throws(JSONSyntaxError) in
            try JSONValue(parsing: bytes, longestArray: 100_000)
        }
    }

    /// The members of the JSON object in the body.
    ///
    /// - Throws: `APIError` for a member that is not among the known ones.
    func fields(limit: Int, known: [String]) async throws -> JSONField {
        let value = try await json(limit: limit)
        guard case .object(let members) = value else {
            throw APIError(.badRequest, "invalid_value", "an object is accepted")
        }
        for member in members where !known.contains(member.name) {
            throw APIError(
                .badRequest, "unknown_field",
                "\(member.name): is unknown; \(known.joined(separator: ", ")) are accepted",
                field: member.name)
        }
        return JSONField(value)
    }

    /// The type of the body without parameters, in lower case.
    var mediaType: String {
        let type = headers[.contentType]?.split(separator: ";").first ?? ""
        return type.lowercased().filter { $0 != " " }
    }

    /// What makes the same request again the same job.
    var idempotencyKey: String? { headers[Self.idempotencyKeyName] }

    private static let idempotencyKeyName = HTTPField.Name("Idempotency-Key")!

    /// Whether a proxy says that the client speaks TLS with it.
    var isSecure: Bool { headers[HTTPField.Name("X-Forwarded-Proto")!] == "https" }

    /// Where the client has this server. A proxy with TLS says so; it is believed, since the
    /// address goes back to who sent it alone.
    var address: String {
        "\(isSecure ? "https" : "http")://\(head.authority ?? "127.0.0.1")"
    }

    /// A number of the query.
    ///
    /// - Throws: `APIError` for anything that is none, or out of bounds.
    func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
        guard let text = uri.queryParameters.get(name) else { return nil }
        guard let number = Int(text), range.contains(number) else {
            throw APIError(
                .badRequest, "invalid_value",
                "\(name): \(text) is not from \(range.lowerBound) to \(range.upperBound)",
                field: name)
        }
        return number
    }
}
