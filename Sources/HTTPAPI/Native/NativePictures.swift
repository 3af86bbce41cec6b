import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitServing

/// `/api/v1/images` and `/api/v1/history`: what was painted.
struct NativePictures: Sendable {
    let service: PaintService
    private var json: JobJSON { JobJSON(service: service) }

    init(_ service: PaintService) { self.service = service }

    func add(to routes: Routes) {
        routes.get("/api/v1/images/:id", use: picture)
        routes.get("/api/v1/images/:id/thumbnail") { request, context in
            let hash = try context.id
            let side = try request.number("side", in: 16...1024) ?? 256
            let tag = "\"\(hash)-\(side)\""
            if let unchanged = Self.unchanged(request, tag) { return unchanged }
            return Response.bytes(
                try service.thumbnail(hash, side: side), type: "image/png",
                headers: Self.immutable(tag))
        }
        routes.get("/api/v1/images/:id/settings") { _, context in
            Response.json(try Self.settings(service.settings(try context.id)))
        }
        routes.get("/api/v1/images/:id/explain", use: explain)
        routes.get("/api/v1/images/:id/explain/steps/:number") { _, context in
            let hash = try context.id
            let step = context.parameters.get("number").flatMap { Int($0) } ?? -1
            return Response.bytes(
                try service.explainedStep(step, of: hash), type: "image/png",
                headers: Self.immutable("\"\(hash)-step-\(step)\""))
        }
        routes.post("/api/v1/images", use: upload)
        routes.get("/api/v1/history", use: history)
        routes.delete("/api/v1/history/:id") { _, context in
            _ = try service.setDeleted(true, try context.id)
            return Response.json(["undo_seconds": .integer(Int(JobStore.undoTime))])
        }
        routes.post("/api/v1/history/:id/restore") { _, context in
            Response.json(try json(try service.setDeleted(false, try context.id)))
        }
        routes.post("/api/v1/history/:id/keep") { _, context in
            Response.json(try json(try service.keep(try context.id)))
        }
    }

    /// What is known of a picture, or the job that finds out.
    private func explain(_ request: Request, _ context: APIContext) throws -> Response {
        let hash = try context.id
        switch try service.explanation(of: hash, owner: context.owner) {
        case .known(let json):
            let tag = "\"\(hash)-explained\""
            return Self.unchanged(request, tag)
                ?? .bytes(
                    json, type: "application/json; charset=utf-8", headers: Self.immutable(tag))
        case .coming(let job):
            return .json(
                ["job": try json(job)], status: .accepted,
                headers: [.location: "/api/v1/jobs/\(job.id)", .retryAfter: "1"])
        }
    }

    private func picture(_ request: Request, _ context: APIContext) throws -> Response {
        let hash = try context.id
        let tag = "\"\(hash)\""
        if service.shelf.has(hash), let unchanged = Self.unchanged(request, tag) {
            return unchanged
        }
        var headers = Self.immutable(tag)
        if request.uri.queryParameters.get("download") != nil {
            headers[.contentDisposition] = "attachment; filename=\"\(hash.prefix(12)).png\""
        }
        let bytes = try service.shelf.bytes(hash)
        return .bytes(bytes, type: Self.type(bytes), headers: headers)
    }

    /// What the first bytes say; nothing else was let in.
    private static func type(_ bytes: Data) -> String {
        switch bytes.first {
        case 0x89: "image/png"
        case 0xFF: "image/jpeg"
        case 0x52: "image/webp"
        case 0x47: "image/gif"
        default: "image/bmp"
        }
    }

    private static func immutable(_ tag: String) -> HTTPFields {
        [.eTag: tag, .cacheControl: "private, max-age=31536000, immutable"]
    }

    private static func unchanged(_ request: Request, _ tag: String) -> Response? {
        guard request.headers[.ifNoneMatch] == tag else { return nil }
        return Response(status: .notModified, headers: immutable(tag))
    }

    private func upload(_ request: Request, _ context: APIContext) async throws -> Response {
        guard request.mediaType.hasPrefix("image/") else {
            throw APIError(
                .unsupportedMediaType, "unsupported_media_type",
                "Content-Type: image/png, image/jpeg or image/webp is accepted")
        }
        let bytes = Data(try await request.bytes(limit: service.limits.upload))
        let kept = try service.upload(bytes)
        let found = try Self.settings(service.settings(kept.hash))
        return .json(
            [
                "hash": .string(kept.hash), "url": .string(JobJSON.url(kept.hash)),
                "width": .integer(kept.width), "height": .integer(kept.height),
                "settings": found["settings"] ?? .null, "model": found["model"] ?? .null,
            ], status: .created)
    }

    static func settings(_ found: FoundSettings) throws -> JSONValue {
        [
            "settings": found.request ?? .null, "model": found.model.json,
            "parameters": found.parameters.json,
        ]
    }

    private func history(_ request: Request, _ context: APIContext) throws -> Response {
        let limit = try request.number("limit", in: 1...500) ?? 60
        let before = try request.number("before", in: 0...Int.max)
        let search = request.uri.queryParameters.get("q") ?? ""
        let jobs = try service.history(search, before: before.map { Int64($0) }, limit: limit)
        return .json([
            "items": .array(try jobs.map { try json($0) }),
            "next": jobs.count == limit ? .string("\(jobs.last?.number ?? 0)") : .null,
        ])
    }
}
