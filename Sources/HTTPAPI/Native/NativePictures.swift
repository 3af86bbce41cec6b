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

    static let undo = Operation.Content.json(
        Schema.object([JSONMember("undo_seconds", Schema.whole(0))]))

    func add(to routes: inout DocumentedRoutes) {
        addPictures(to: &routes)
        addExplanations(to: &routes)
        addHistory(to: &routes)
    }

    private func addPictures(to routes: inout DocumentedRoutes) {
        let any = ["image/png", "image/jpeg", "image/webp", "image/gif", "image/bmp"]
        routes.add(
            Operation(
                method: .get, path: "/api/v1/images/{hash}", name: "picture",
                summary: "A picture's file, which never changes.",
                parameters: [
                    Operation.Parameter(
                        name: "download", schema: Schema.choice(["0", "1"]),
                        help: "1 for a file to keep.")
                ],
                answers: [
                    Operation.Answer(
                        200, "The file.", Operation.Content(types: any, schema: [:])),
                    Operation.Answer(304, "It is what If-None-Match has."),
                ], errors: [404]), use: picture)
        routes.add(
            Operation(
                method: .get, path: "/api/v1/images/{hash}/thumbnail", name: "thumbnail",
                summary: "A smaller picture.",
                parameters: [
                    Operation.Parameter(
                        name: "side", schema: Schema.whole(16, 1024),
                        help: "The longest side in pixels, 256 where it is left out.")
                ],
                answers: [
                    Operation.Answer(200, "A picture.", .png),
                    Operation.Answer(304, "It is what If-None-Match has."),
                ], errors: [404])
        ) { request, context in
            let hash = try context.hash
            let side = try request.number("side", in: 16...1024) ?? 256
            try service.check(hash, for: context.asker)
            let tag = "\"\(hash)-\(side)\""
            if let unchanged = Self.unchanged(request, tag) { return unchanged }
            return Response.bytes(
                try service.thumbnail(hash, side: side, for: context.asker), type: "image/png",
                headers: Self.immutable(tag))
        }
        routes.add(
            Operation(
                method: .get, path: "/api/v1/images/{hash}/settings", name: "settings",
                summary: "How a picture was painted, as far as that is known.",
                answers: [Operation.Answer(200, "Settings.", .json("Settings"))], errors: [404])
        ) { _, context in
            Response.json(
                try Self.settings(service.settings(try context.hash, for: context.asker)))
        }
        routes.add(
            Operation(
                method: .post, path: "/api/v1/images", name: "upload",
                summary: "Keeps a picture, to start from.",
                body: Operation.Content(types: any, schema: [:]),
                answers: [
                    Operation.Answer(
                        201, "It is kept.", .json("Upload"),
                        links: ("hash", ["picture", "thumbnail", "settings"]))
                ]), use: upload)
    }

    private func addExplanations(to routes: inout DocumentedRoutes) {
        let coming = Schema.object([JSONMember("job", Schema.named("Job"))])
        routes.add(
            Operation(
                method: .get, path: "/api/v1/images/{hash}/explain", name: "explain",
                summary: "Where each word went in a picture, and its steps.",
                answers: [
                    Operation.Answer(200, "What explains it.", .json("Explanation")),
                    Operation.Answer(202, "It is painted again; ask later.", .json(coming)),
                    Operation.Answer(304, "It is what If-None-Match has."),
                ], errors: [404, 429, 503]), use: explain)
        routes.add(
            Operation(
                method: .get, path: "/api/v1/images/{hash}/explain/steps/{number}",
                name: "explainedStep", summary: "What a picture looked like after a step.",
                answers: [Operation.Answer(200, "A picture.", .png)], errors: [404])
        ) { _, context in
            let hash = try context.hash
            let step = try context.number
            return Response.bytes(
                try service.explainedStep(step, of: hash, for: context.asker), type: "image/png",
                headers: Self.immutable("\"\(hash)-step-\(step)\""))
        }
    }

    private func addHistory(to routes: inout DocumentedRoutes) {
        routes.add(
            Operation(
                method: .get, path: "/api/v1/history", name: "history",
                summary: "What was painted, the newest first.",
                parameters: [
                    Operation.Parameter(
                        name: "q", schema: Schema.text, help: "Words, each by its beginning."),
                    Operation.Parameter(
                        name: "before", schema: Schema.whole(0, Int(Int64.max)),
                        help: "What next said."),
                    Operation.Parameter(
                        name: "limit", schema: Schema.whole(1, 500),
                        help: "Jobs of an answer, 60 where it is left out."),
                ], answers: [Operation.Answer(200, "Jobs.", .json("History"))]), use: history)
        routes.add(
            Operation(
                method: .delete, path: "/api/v1/history/{id}", name: "forget",
                summary: "Takes a job out of the history.",
                answers: [Operation.Answer(200, "It is gone.", Self.undo)], errors: [404, 410])
        ) { _, context in
            _ = try service.setDeleted(true, try context.id, for: context.asker)
            return Response.json(["undo_seconds": .integer(Int(JobStore.undoTime))])
        }
        for (name, summary) in [
            ("restore", "Brings a job back into the history, within a minute."),
            ("keep", "Takes a job of the kind live into the history."),
        ] {
            routes.add(
                Operation(
                    method: .post, path: "/api/v1/history/{id}/\(name)", name: name,
                    summary: summary,
                    answers: [Operation.Answer(200, "The job.", .json("Job"))],
                    errors: [404, 410])
            ) { _, context in
                let id = try context.id
                let job =
                    name == "keep"
                    ? try service.keep(id, for: context.asker)
                    : try service.setDeleted(false, id, for: context.asker)
                return Response.json(try json(job))
            }
        }
    }

    /// What is known of a picture, or the job that finds out.
    private func explain(_ request: Request, _ context: APIContext) throws -> Response {
        let hash = try context.hash
        switch try service.explanation(of: hash, for: context.asker) {
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
        let hash = try context.hash
        let tag = "\"\(hash)\""
        let bytes = try service.file(hash, for: context.asker)
        if let unchanged = Self.unchanged(request, tag) { return unchanged }
        var headers = Self.immutable(tag)
        if try request.number("download", in: 0...1) == 1 {
            headers[.contentDisposition] = "attachment; filename=\"\(hash.prefix(12)).png\""
        }
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
        let kept = try service.upload(bytes, by: context.asker)
        let found = try Self.settings(service.settings(kept.hash, for: context.asker))
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
        let jobs = try service.history(
            search, before: before.map { Int64($0) }, limit: limit, for: context.asker)
        return .json([
            "items": .array(try jobs.map { try json($0) }),
            "next": jobs.count == limit ? .string("\(jobs.last?.number ?? 0)") : .null,
        ])
    }
}
