import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles

/// Turns whatever is thrown into an answer in the shape of the API that was asked, names every
/// request, and counts it.
struct ErrorShapes: RouterMiddleware {
    typealias Context = APIContext

    let metrics: Metrics

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        let started = ContinuousClock.now
        var response: Response
        do {
            response = try await next(request, context)
        } catch {
            response = Self.answer(APIError(error), request.uri.path)
        }
        response.headers[Self.requestID] = UUID().uuidString.lowercased()
        response.headers[Self.contentTypeOptions] = "nosniff"
        metrics.count(
            context.endpointPath ?? "other", response.status.code,
            seconds: (ContinuousClock.now - started) / .seconds(1))
        return response
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
