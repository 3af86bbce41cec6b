import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitServing

/// `/api/v1/jobs`: to ask for pictures, and what becomes of it.
struct NativeJobs: Sendable {
    let service: PaintService
    private var json: JobJSON { JobJSON(service: service) }

    init(_ service: PaintService) { self.service = service }

    func add(to routes: inout DocumentedRoutes) {
        addWishes(to: &routes)
        routes.add(
            Operation(
                method: .get, path: "/api/v1/jobs", name: "jobs",
                summary: "The newest jobs, or what is painted and what waits.",
                parameters: [
                    Operation.Parameter(
                        name: "active", schema: Schema.choice(["0", "1"]),
                        help: "1 for what is painted, then what waits in the queue's order.")
                ], answers: [Operation.Answer(200, "Jobs.", .json("Jobs"))]), use: list)
        routes.add(
            Operation(
                method: .get, path: "/api/v1/jobs/{id}", name: "job",
                summary: "How far a job is.",
                answers: [Operation.Answer(200, "The job.", .json("Job"))], errors: [404, 410])
        ) { _, context in
            Response.json(try json(try service.job(try context.id, for: context.asker)))
        }
        routes.add(
            Operation(
                method: .get, path: "/api/v1/jobs/{id}/previews/{number}", name: "preview",
                summary: "What a picture looked like on its way.",
                answers: [Operation.Answer(200, "A picture.", .png)], errors: [404, 410])
        ) { _, context in
            let id = try context.id
            return Response.bytes(
                try service.preview(id, try context.number, for: context.asker), type: "image/png",
                headers: [.cacheControl: "private, max-age=600, immutable"])
        }
    }

    /// What changes something.
    private func addWishes(to routes: inout DocumentedRoutes) {
        routes.add(
            Operation(
                method: .post, path: "/api/v1/jobs", name: "submit",
                summary: "Asks for pictures.",
                parameters: [
                    Operation.Parameter(
                        name: "Idempotency-Key", schema: ["type": "string", "maxLength": 200],
                        help: "The same one again is the same job.", isHeader: true)
                ], body: .json("JobRequest"),
                answers: [
                    Operation.Answer(
                        202, "It waits.", .json("Accepted"),
                        links: ("id", ["job", "cancel", "move", "delete", "jobEvents"]))
                ],
                errors: [404, 429, 503]), use: submit)
        routes.add(
            Operation(
                method: .post, path: "/api/v1/jobs/{id}/cancel", name: "cancel",
                summary: "Ends a job.",
                answers: [Operation.Answer(200, "The job.", .json("Job"))],
                errors: [404, 409, 410]), use: cancel)
        routes.add(
            Operation(
                method: .post, path: "/api/v1/jobs/{id}/move", name: "move",
                summary: "Puts a waiting job before another, or at the end.",
                body: .json(
                    Schema.object(
                        [JSONMember("before", Schema.orNull(Schema.text))], optional: ["before"],
                        isClosed: true)),
                answers: [Operation.Answer(200, "The queue.", .json("Jobs"))],
                errors: [404, 409, 410]), use: move)
        routes.add(
            Operation(
                method: .delete, path: "/api/v1/jobs/{id}", name: "delete",
                summary: "Ends a job where it is not finished, and takes it out of the history.",
                answers: [Operation.Answer(200, "It is gone.", NativePictures.undo)],
                errors: [404, 410])
        ) { _, context in
            let id = try context.id
            let asker = context.asker
            do {
                _ = try await service.cancel(id, for: asker)
            } catch ServingError.finished {}
            _ = try service.setDeleted(true, id, for: asker)
            return Response.json(["undo_seconds": .integer(Int(JobStore.undoTime))])
        }
        let paused = Operation.Content.json(
            Schema.object([JSONMember("paused", Schema.flag)], isClosed: true))
        routes.add(
            Operation(
                method: .post, path: "/api/v1/queue", name: "pause",
                summary: "Lets the queue wait, or go on.", body: paused,
                answers: [Operation.Answer(200, "How it is now.", paused)])
        ) { request, _ in
            let body = try await request.fields(limit: 10_000, known: ["paused"])
            try service.setPaused(try body["paused"].bool())
            return Response.json(["paused": .bool(try service.isPaused())])
        }
    }

    private func submit(_ request: Request, _ context: APIContext) async throws -> Response {
        let key = request.idempotencyKey
        guard key?.utf8.count ?? 0 <= 200 else {
            throw APIError(
                .badRequest, "invalid_value", "Idempotency-Key: at most 200 characters are accepted"
            )
        }
        let body = try await request.json(limit: service.limits.json)
        let job = try service.submit(
            body, by: context.asker, idempotencyKey: key)
        let address = "/api/v1/jobs/\(job.id)"
        let whole = try json(job)
        return .json(
            [
                "id": .string(job.id), "kind": .string(job.kind),
                "status": .string(job.status.rawValue), "created": .number(job.created),
                "queue_position": whole["queue_position"] ?? .null, "poll_url": .string(address),
                "job": whole,
            ], status: .accepted, headers: [.location: address])
    }

    private func list(_ request: Request, _ context: APIContext) async throws -> Response {
        if try request.number("active", in: 0...1) == 1 { return .json(try await active(context)) }
        return .json(try await list(try service.newest(for: context.asker).map { try json($0) }))
    }

    private func active(_ context: APIContext) async throws -> JSONValue {
        try await list(try service.queue(for: context.asker).map { json($0.job, at: $0.place) })
    }

    private func list(_ jobs: [JSONValue]) async throws -> JSONValue {
        [
            "jobs": .array(jobs), "paused": .bool(try service.isPaused()),
            "last_event": .integer(Int(try service.lastEvent())),
        ]
    }

    private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.id
        do {
            return .json(try json(try await service.cancel(id, for: context.asker)))
        } catch ServingError.finished(let name, let status) {
            var error = APIError(ServingError.finished(job: name, status))
            error.extra = ["job": try json(try service.job(id, for: context.asker))]
            throw error
        }
    }

    private func move(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = try await request.fields(limit: 10_000, known: ["before"])
        let before = body["before"].exists ? try body["before"].string() : nil
        try service.move(try context.id, before: before, for: context.asker)
        return .json(try await active(context))
    }
}

extension APIContext {
    /// The name of a job in the path.
    var id: String { get throws { try parameters.require("id") } }
    /// The number in the path.
    ///
    /// - Throws: `ServingError.notFound` for anything that nothing has for a number.
    var number: Int {
        get throws {
            let text = try parameters.require("number")
            guard let number = Int(text), (1...1_000_000).contains(number) else {
                throw ServingError.notFound("number \(text.prefix(20))")
            }
            return number
        }
    }
    /// The hash of a picture in the path.
    var hash: String { get throws { try parameters.require("hash") } }
}
