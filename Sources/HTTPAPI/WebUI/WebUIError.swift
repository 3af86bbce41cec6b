import HTTPTypes
import Hummingbird
import PinxitFiles

/// An error as AUTOMATIC1111's clients read it.
struct WebUIError {
    private let error: APIError

    init(_ error: APIError) { self.error = error }

    var response: Response {
        var headers = error.retryHeaders
        if error.status == .unauthorized {
            headers[.wwwAuthenticate] = "Basic realm=\"Pinxit\""
        }
        let text = JSONValue.string(error.message)
        return .json(
            error.withExtra([
                "error": .string(error.code), "detail": text, "body": text, "errors": text,
            ]), status: error.status, headers: headers)
    }
}
