import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// A job whose client waits for the pictures: when the client goes, so does the job.
struct Waiting: Sendable {
    /// Where clients wait.
    static let paths: Set = [
        "/v1/images/generations", "/v1/images/edits", "/v1/images/variations",
        "/sdapi/v1/txt2img", "/sdapi/v1/img2img",
    ]

    let service: PaintService

    /// Submits a job and waits for its end.
    ///
    /// - Parameter isInterruptible: Whether a job that somebody else cancels is answered with the
    ///   pictures that are there, and is no error.
    /// - Throws: `APIError` where it fails or is cancelled.
    func painted(
        _ body: JSONValue, _ request: Request, _ context: APIContext,
        isInterruptible: Bool = false
    ) async throws -> Job {
        let job = try service.submit(
            body, owner: context.owner, idempotencyKey: request.idempotencyKey)
        let finished = try await untilClosed(request, context, job) {
            try await service.finished(job.id)
        }
        switch finished.status {
        case .done: return finished
        case .cancelled where isInterruptible: return finished
        case .cancelled:
            throw APIError(.conflict, "cancelled", "\(job.id) was cancelled")
        case .failed: throw Self.error(finished.failure)
        case .queued, .painting:
            throw APIError(.serviceUnavailable, "shutting_down", "the server is stopping")
        }
    }

    /// Runs `body`; where the client goes before it returns, the job is cancelled.
    func untilClosed<Result: Sendable>(
        _ request: Request, _ context: APIContext, _ job: Job,
        _ body: @Sendable () async throws -> Result
    ) async throws -> Result {
        guard context.address != nil else { return try await body() }
        do {
            return try await request.body.consumeWithCancellationOnInboundClose { _ in
                try await body()
            }
        } catch is CancellationError {
            // One that has its own key may be asked for again.
            if request.idempotencyKey == nil { _ = try? await service.cancel(job.id) }
            throw CancellationError()
        }
    }

    static func error(_ failure: WorkFailure?) -> APIError {
        guard let failure else {
            return APIError(.internalServerError, "internal", "it could not be painted")
        }
        return failure.code == .invalidRequest
            ? APIError(.badRequest, "invalid_value", failure.message)
            : APIError(.internalServerError, failure.code.rawValue, failure.message)
    }
}
