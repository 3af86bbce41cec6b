import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// A job whose client waits for the pictures: when the client goes, so does the job.
struct Waiting: Sendable {
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
            body, by: context.asker, idempotencyKey: request.idempotencyKey)
        // One that has a key of its own may be asked for again.
        let departure =
            request.idempotencyKey == nil ? await context.channel.departure : nil
        let finished = try await untilGone(departure, job, context.asker) {
            try await service.finished(job.id, for: context.asker)
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
    ///
    /// - Parameter departure: The client's; nil where nobody sees it go.
    func untilGone<Result: Sendable>(
        _ departure: Departure?, _ job: Job, _ asker: Asker, _ body: () async throws -> Result
    ) async throws -> Result {
        guard let departure else { return try await body() }
        let number = departure.whenGone { [service] in
            Task { await service.cancelForGood(job.id, for: asker) }
        }
        defer { departure.forget(number) }
        return try await body()
    }

    static func error(_ failure: WorkFailure?) -> APIError {
        guard let failure else {
            return APIError(.internalServerError, "internal", "it could not be painted")
        }
        switch failure.code {
        case .invalidRequest: return APIError(.badRequest, "invalid_value", failure.message)
        case .blocked: return APIError(.badRequest, "blocked", failure.message)
        default: return APIError(.internalServerError, failure.code.rawValue, failure.message)
        }
    }
}

extension APIContext {
    /// Does something that is no job; where the client goes before it is done, its task is
    /// cancelled.
    ///
    /// - Throws: What `body` throws, and `APIError` where nobody waits any more.
    func whileWaited<Result: Sendable>(
        _ body: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        guard let departure = await channel.departure else { return try await body() }
        let (gone, continuation) = AsyncStream<Void>.makeStream()
        let number = departure.whenGone { continuation.finish() }
        defer { departure.forget(number) }
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            defer { group.cancelAll() }
            group.addTask { try await body() }
            group.addTask {
                for await _ in gone {}
                return nil
            }
            guard let result = try await group.next() ?? nil else {
                throw APIError(.requestTimeout, "cancelled", "the client has gone")
            }
            return result
        }
    }
}
