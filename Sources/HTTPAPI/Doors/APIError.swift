import HTTPTypes
import Hummingbird
import NIOCore
import NIOHTTP1
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// What is answered where something is refused, before it has the shape of an API.
struct APIError: Error {
    let status: HTTPResponse.Status
    /// For programs.
    let code: String
    /// For people: one line.
    let message: String
    /// The field that it is about.
    var field: String?
    /// Seconds after which it may be tried again.
    var retryAfter: Int?
    /// The methods that are accepted, for the header `Allow`.
    var allowed: String?
    /// More that is told with it.
    var extra: JSONValue?
    /// What it came of, for who runs the server: it may name files and statements.
    var cause: String?

    init(_ status: HTTPResponse.Status, _ code: String, _ message: String, field: String? = nil) {
        self.status = status
        self.code = code
        self.message = message
        self.field = field
    }

    init(_ error: any Error) {
        switch error {
        case let error as APIError: self = error
        case let error as ServingError: self.init(error)
        case let failure as WorkFailure: self = Waiting.error(failure)
        case let error as JSONSyntaxError:
            self.init(.badRequest, "invalid_json", "the body \(error.description)")
        case let error as FileError where !error.field.isEmpty:
            self.init(
                .badRequest, "invalid_value", "\(error.field): \(error.problem)",
                field: error.field)
        case let error as HTTPError:
            self.init(
                error.status, error.status == .notFound ? "not_found" : "invalid_request",
                error.body ?? error.status.reasonPhrase)
        case is HTTPParserError, is ChannelError, is IOError:
            self.init(.badRequest, "invalid_request", "the request broke off")
        default:
            self.init(.internalServerError, "internal", "something went wrong in the server")
            cause = "\(error)"
        }
    }

    private init(_ error: ServingError) {
        let message = error.description
        switch error {
        case .invalid(let field, _):
            self.init(.badRequest, "invalid_value", message, field: field)
        case .unknownField(let field, _):
            self.init(.badRequest, "unknown_field", message, field: field)
        case .unknownModel:
            self.init(.notFound, "model_not_found", message, field: "model")
        case .unknownLoRA(let field, _):
            self.init(.notFound, "lora_not_found", message, field: field)
        case .queueFull(_, let seconds):
            self.init(.tooManyRequests, "queue_full", message)
            retryAfter = seconds
        case .rateLimited(let seconds):
            self.init(.tooManyRequests, "rate_limited", message)
            retryAfter = seconds
        case .notFound: self.init(.notFound, "not_found", message)
        case .gone: self.init(.gone, "gone", message)
        case .finished: self.init(.conflict, "already_finished", message)
        case .tooLarge(let field, _):
            self.init(
                field == nil ? .contentTooLarge : .badRequest, "too_large", message, field: field)
        case .blocked(let verdict, let level):
            self.init(.badRequest, "blocked", message, field: "prompt")
            extra = [
                "moderation": [
                    "level": .string(level.rawValue),
                    "refused": .array(verdict.refused.map { .string($0) }), "scores": verdict.json,
                ]
            ]
        case .unexplained: self.init(.notFound, "not_explained", message)
        case .stopping:
            self.init(.serviceUnavailable, "shutting_down", message)
            retryAfter = 2
        case .unavailable:
            self.init(.serviceUnavailable, "unavailable", message)
            retryAfter = 1
        }
    }

    /// As the native API answers.
    var response: Response {
        var body: JSONValue = [
            "error": [
                "code": .string(code), "message": .string(message),
                "field": field.map { .string($0) } ?? .null,
            ]
        ]
        body = withExtra(body)
        return .json(body, status: status, headers: retryHeaders)
    }

    /// With what is told beside the error.
    func withExtra(_ body: JSONValue) -> JSONValue {
        guard case .object(let members)? = extra else { return body }
        return members.reduce(body) { $0.setting($1.name, $1.value) }
    }

    /// When to try again, where that is known.
    var retryHeaders: HTTPFields {
        var headers = HTTPFields()
        if let allowed { headers[.allow] = allowed }
        if let retryAfter { headers[.retryAfter] = "\(retryAfter)" }
        return headers
    }
}
