import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitServing

/// `/api/v1/jobs`: to ask for pictures, and what becomes of it.
struct NativeJobs: Sendable {
    let service: PaintService
    private var json: JobJSON { JobJSON(service: service) }

    init(_ service: PaintService) { self.service = service }

    func add(to routes: Routes) {
        routes.post("/api/v1/jobs", use: submit)
        routes.get("/api/v1/jobs", use: list)
        routes.get("/api/v1/jobs/:id") { _, context in
            Response.json(try json(try service.job(try context.id)))
        }
        routes.post("/api/v1/jobs/:id/cancel", use: cancel)
        routes.post("/api/v1/jobs/:id/move", use: move)
        routes.delete("/api/v1/jobs/:id") { _, context in
            let id = try context.id
            if !(try service.job(id).status.isFinal) { _ = try await service.cancel(id) }
            _ = try service.setDeleted(true, id)
            return Response.json(["undo_seconds": .integer(Int(JobStore.undoTime))])
        }
        routes.get("/api/v1/jobs/:id/previews/:number") { _, context in
            let number = context.parameters.get("number").flatMap { Int($0) } ?? -1
            return Response.bytes(
                try service.preview(try context.id, number), type: "image/png",
                headers: [.cacheControl: "private, max-age=600, immutable"])
        }
        routes.post("/api/v1/queue") { request, _ in
            let body = JSONField(file: "", path: "", value: try await request.json(limit: 10_000))
            try await service.setPaused(try body["paused"].bool())
            return Response.json(["paused": .bool(await service.isPaused)])
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
        let job = try service.submit(body, owner: context.owner, idempotencyKey: key)
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
        if request.uri.queryParameters.get("active") == "1" { return .json(try await active) }
        return .json(try await list(try service.newest().map { try json($0) }))
    }

    private var active: JSONValue {
        get async throws { try await list(try service.queue().map { json($0.job, at: $0.place) }) }
    }

    private func list(_ jobs: [JSONValue]) async throws -> JSONValue {
        [
            "jobs": .array(jobs), "paused": .bool(await service.isPaused),
            "last_event": .integer(Int(try service.lastEvent())),
        ]
    }

    private func cancel(_ request: Request, _ context: APIContext) async throws -> Response {
        let id = try context.id
        do {
            return .json(try json(try await service.cancel(id)))
        } catch ServingError.finished(let name, let status) {
            var error = APIError(ServingError.finished(job: name, status))
            error.extra = ["job": try json(try service.job(id))]
            throw error
        }
    }

    private func move(_ request: Request, _ context: APIContext) async throws -> Response {
        let body = JSONField(file: "", path: "", value: try await request.json(limit: 10_000))
        let before = body["before"].exists ? try body["before"].string() : nil
        try service.move(try context.id, before: before)
        return .json(try await active)
    }
}

extension APIContext {
    /// The name in the path.
    var id: String { get throws { try parameters.require("id") } }
}
