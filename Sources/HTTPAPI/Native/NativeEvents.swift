import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles
import PinxitServing

/// `/api/v1/events` and one job's events: what happens, as it happens.
struct NativeEvents: Sendable {
    let service: PaintService

    init(_ service: PaintService) { self.service = service }

    func add(to routes: inout DocumentedRoutes) {
        let after = [
            Operation.Parameter(
                name: "after", schema: Schema.whole(0, Int(Int64.max)),
                help: "The number of the last event that is known."),
            Operation.Parameter(
                name: "Last-Event-ID", schema: Schema.whole(0, Int(Int64.max)),
                help: "The same, as browsers say it.", isHeader: true),
        ]
        routes.add(
            Operation(
                method: .get, path: "/api/v1/events", name: "events",
                summary: "What happens to all jobs, as it happens; without end.",
                parameters: after, answers: [Operation.Answer(200, "Events.", .events)])
        ) { request, context in
            let last = try Self.last(request)
            let feed = Feed(service, after: last, job: nil, context.asker)
            return Self.stream(feed)
        }
        routes.add(
            Operation(
                method: .get, path: "/api/v1/jobs/{id}/events", name: "jobEvents",
                summary: "What happens to a job from its beginning to its end.",
                parameters: after, answers: [Operation.Answer(200, "Events.", .events)],
                errors: [404, 410])
        ) { request, context in
            // What no job can be asked is refused of one that is gone, too.
            let last = try Self.last(request) ?? 0
            let id = try context.id
            _ = try service.job(id, for: context.asker)
            return Self.stream(Feed(service, after: last, job: id, context.asker))
        }
    }

    /// The event that the reader has seen last.
    static func last(_ request: Request) throws -> Int64? {
        let after = try request.number("after", in: 0...Int.max).map { Int64($0) }
        guard let text = request.headers[HTTPField.Name("Last-Event-ID")!] else { return after }
        guard let number = Int64(text), number >= 0 else {
            throw APIError(
                .badRequest, "invalid_value", "Last-Event-ID: \(text) is not a number",
                field: "after")
        }
        return number
    }

    private static func stream(_ feed: Feed) -> Response {
        Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
                HTTPField.Name("X-Accel-Buffering")!: "no",
            ],
            body: ResponseBody { writer in
                try await feed.run { try await writer.write(ByteBuffer(string: $0)) }
                try await writer.finish(nil)
            })
    }

    /// One reader's stream.
    private struct Feed: Sendable {
        let service: PaintService
        let last: Int64?
        let job: String?
        let asker: Asker

        init(_ service: PaintService, after last: Int64?, job: String?, _ asker: Asker) {
            self.service = service
            self.last = last
            self.job = job
            self.asker = asker
        }

        func run(_ write: (String) async throws -> Void) async throws {
            let text = EventText(service: service, asker: asker)
            let events = try service.events(after: last, job: job, for: asker)
            let hello: JSONValue = [
                "last_event": .integer(Int(try service.lastEvent())),
                "paused": .bool(try service.isPaused()),
            ]
            try await write("retry: 1000\n\n" + EventText.event("hello", hello))
            while let batch = try await events.next() {
                try await write(batch.isEmpty ? ": \n\n" : try batch.map { try text($0) }.joined())
                if let job, try service.isOver(job, after: events.position, batch) { return }
            }
        }
    }
}
