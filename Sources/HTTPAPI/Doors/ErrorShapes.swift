import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles
import PinxitServing

/// Turns whatever is thrown into an answer in the shape of the API that was asked, names every
/// request, counts it and logs it.
struct ErrorShapes: RouterMiddleware {
    typealias Context = APIContext

    let metrics: Metrics
    let log: ServerLog

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let started = ContinuousClock.now
        let id = UUID().uuidString.lowercased()
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            let error = APIError(error)
            if let cause = error.cause { log.say(.error, "\(id): \(cause)") }
            response = Self.answer(error, request.uri.path)
        }
        response.headers[Self.requestID] = id
        response.headers[Self.contentTypeOptions] = "nosniff"
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        metrics.count(context.endpointPath ?? "other", response.status.code, seconds: seconds)
        note(request, context, response, id, seconds)
        return response
    }

    /// Routes as they are written: an address may say what was searched for.
    private func note(
        _ request: Request, _ context: APIContext, _ response: Response, _ id: String,
        _ seconds: Double
    ) {
        log.note(
            "request", response.status.code >= 500 ? .error : .info,
            [
                JSONMember("request", .string(id)),
                JSONMember("from", (context.channel.remoteAddress?.ipAddress).json),
                JSONMember("method", .string(request.method.rawValue)),
                JSONMember("route", .string(context.endpointPath ?? "other")),
                JSONMember("status", .integer(response.status.code)),
                JSONMember("seconds", .number(seconds)),
            ])
    }

    static func answer(_ error: APIError, _ path: String) -> Response {
        if path.hasPrefix("/v1/") { return OpenAIError(error).response }
        if path.hasPrefix("/sdapi/") || path.hasPrefix("/controlnet/") {
            return WebUIError(error).response
        }
        return error.response
    }

    private static let requestID = HTTPField.Name("x-request-id")!
    private static let contentTypeOptions = HTTPField.Name("X-Content-Type-Options")!
}
