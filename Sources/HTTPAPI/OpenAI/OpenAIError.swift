import HTTPTypes
import Hummingbird
import PinxitFiles

/// An error as OpenAI's clients read it.
struct OpenAIError {
    private let error: APIError

    init(_ error: APIError) { self.error = error }

    var json: JSONValue {
        error.withExtra([
            "error": [
                "message": .string(error.message), "type": .string(type),
                "param": error.field.json, "code": .string(code),
            ]
        ])
    }

    private var type: String {
        switch error.status.code {
        case 400 where error.code == "blocked": "image_generation_user_error"
        case 429 where error.code != "queue_full": "rate_limit_error"
        case 429, 500...: "server_error"
        default: "invalid_request_error"
        }
    }

    private var code: String {
        switch error.code {
        case "unauthorized": "invalid_api_key"
        case "rate_limited": "rate_limit_exceeded"
        case "blocked": "moderation_blocked"
        case "too_large" where error.field == nil: "request_too_large"
        case "shutting_down": "unavailable"
        default: error.code
        }
    }

    var response: Response {
        var headers = error.retryHeaders
        // Painting that failed once fails again: a client that tries by itself triples the load.
        if error.status.code >= 500, error.retryAfter == nil {
            headers[HTTPField.Name("x-should-retry")!] = "false"
        }
        return .json(json, status: error.status, headers: headers)
    }
}
