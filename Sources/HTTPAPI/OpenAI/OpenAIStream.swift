import HTTPTypes
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// A job as a stream of OpenAI's events: pictures on their way, and finished ones.
struct OpenAIStream: Sendable {
    let service: PaintService
    let answer: OpenAIAnswer
    let job: Job
    let asker: Asker
    /// `image_generation` or `image_edit`.
    let name: String
    /// Pictures on the way that are sent of each.
    let partials: Int

    /// Writes until the job is done. A client that goes takes the job along.
    func run(_ write: (String) async throws -> Void) async throws {
        var isGone = false
        do {
            try await send { text in
                do {
                    try await write(text)
                } catch {
                    isGone = true
                    throw error
                }
            }
        } catch {
            // Any other error is the server's.
            if isGone { await service.cancelForGood(job.id, for: asker) }
            throw error
        }
    }

    private func send(_ write: (String) async throws -> Void) async throws {
        let events = try service.events(after: 0, job: job.id, for: asker)
        var sent: [Int: Int] = [:]
        while let batch = try await events.next() {
            if batch.isEmpty { try await write(": \n\n") }
            for event in batch {
                switch event {
                case .preview(_, let number, let step)
                where sent[step.picture, default: 0] < partials:
                    guard let png = try? service.preview(job.id, number, for: asker) else {
                        continue
                    }
                    let index = sent[step.picture, default: 0]
                    sent[step.picture] = index + 1
                    try await write(try answer.partial(png, index: index, name))
                case .lasting(let event):
                    if let text = try await service.onceReached({ try text(event) }) {
                        try await write(text)
                    }
                default: continue
                }
            }
            if try service.isOver(job.id, after: events.position, batch) { break }
        }
        try await write("data: [DONE]\n\n")
    }

    private func text(_ event: JobEvent) throws -> String? {
        switch event.kind {
        case .image:
            guard case .integer(let number)? = JobJSON.parsed(event.detail)["number"],
                let picture = try service.job(job.id, for: asker).pictures
                    .first(where: { $0.number == number })
            else { return nil }
            return try answer.completed(picture, job, name)
        case .failed:
            let error = Waiting.error(try service.job(job.id, for: asker).failure)
            return "event: error\ndata: \(OpenAIError(error).json.encoded(indented: false))\n\n"
        case .cancelled:
            let error = APIError(.conflict, "cancelled", "\(job.id) was cancelled")
            return "event: error\ndata: \(OpenAIError(error).json.encoded(indented: false))\n\n"
        default: return nil
        }
    }
}
