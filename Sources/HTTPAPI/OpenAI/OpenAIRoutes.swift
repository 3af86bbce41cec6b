import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore
import PinxitFiles
import PinxitServing
import PinxitWorkers

/// `/v1`: what OpenAI's clients call.
struct OpenAIRoutes: Sendable {
    let service: PaintService

    init(_ service: PaintService) { self.service = service }

    func add(to routes: Routes) {
        routes.post("/v1/images/generations") { request, context in
            let fields = try await request.json(limit: service.limits.json)
            return try await answer(
                OpenAIRequest(fields: JSONField(fields), catalogue: service.catalogue), "paint",
                [], nil, request, context)
        }
        routes.post("/v1/images/edits") { request, context in
            let form = try await form(request)
            return try await answer(
                form.request, "edit", form.images, form.mask, request, context)
        }
        routes.post("/v1/images/variations") { request, context in
            let form = try await form(request)
            return try await answer(form.request, "vary", form.images, nil, request, context)
        }
        routes.get("/v1/models") { _, _ in
            Response.json([
                "object": "list", "data": .array(service.catalogue.models.map(Self.model)),
            ])
        }
        routes.get("/v1/models/:id") { _, context in
            Response.json(Self.model(try service.catalogue.model(try context.id)))
        }
    }

    private static func model(_ model: ServedModel) -> JSONValue {
        [
            "id": .string(model.name), "object": "model", "created": 1_700_000_000,
            "owned_by": "pinxit",
        ]
    }

    /// A form, or the same in JSON with pictures as data URLs.
    private func form(
        _ request: Request
    ) async throws -> (request: OpenAIRequest, images: [String], mask: String?) {
        let catalogue = service.catalogue
        guard request.mediaType == "multipart/form-data" else {
            let fields = JSONField(try await request.json(limit: service.limits.json))
            let images = try fields["images"].exists ? fields["images"].array() : []
            let mask = fields["mask"]
            return (
                OpenAIRequest(fields: fields, catalogue: catalogue),
                try images.map { try Self.data($0) }, mask.exists ? try Self.data(mask) : nil
            )
        }
        let body = try await request.bytes(limit: 64 << 20)
        let form = try FormFields(
            try Multipart(body, type: request.headers[.contentType] ?? ""))
        return (
            OpenAIRequest(fields: JSONField(form.json), catalogue: catalogue), form.images,
            form.mask
        )
    }

    /// A picture in JSON. One that would have to be fetched is not.
    private static func data(_ field: JSONField) throws -> String {
        let address = try field["image_url"].string()
        guard address.hasPrefix("data:") else {
            throw APIError(
                .badRequest, "invalid_value",
                "\(field.path).image_url: nothing is fetched; a data URL is accepted",
                field: field.path)
        }
        return address
    }

    private func answer(
        _ asked: OpenAIRequest, _ kind: String, _ images: [String], _ mask: String?,
        _ request: Request, _ context: APIContext
    ) async throws -> Response {
        guard kind == "paint" || !images.isEmpty else {
            throw APIError(
                .badRequest, "missing_required_parameter", "image: a picture is needed",
                field: "image")
        }
        _ = (try asked.asAddress, try asked.format)
        let body = try asked.body(kind: kind, source: images.first, mask: mask)
        let answer = OpenAIAnswer(
            service: service, request: asked,
            address: request.address)
        do {
            if try asked.isStreamed {
                return try await stream(body, answer, kind, try asked.partials, context)
            }
            let job = try await Waiting(service: service).painted(body, request, context)
            return .json(try await service.onceReached { try answer.json(job) })
        } catch {
            throw Self.named(error)
        }
    }

    /// Fields of a job by the names that these clients have for them.
    private static let names = ["count": "n", "width": "size", "height": "size", "source": "image"]

    /// An error that is about a field of the request, not of the job that it becomes.
    private static func named(_ error: any Error) -> APIError {
        let error = APIError(error)
        let field = error.field ?? String(error.message.prefix { $0 != ":" })
        guard error.status == .badRequest, let name = names[field] else { return error }
        return APIError(
            error.status, error.code,
            error.message.replacing("\(field): ", with: "\(name): ", maxReplacements: 1),
            field: name)
    }

    private func stream(
        _ body: JSONValue, _ answer: OpenAIAnswer, _ kind: String, _ partials: Int,
        _ context: APIContext
    ) async throws -> Response {
        let job = try service.submit(body, by: context.asker)
        let (departure, asker) = (await context.channel.departure, context.asker)
        let events = OpenAIStream(
            service: service, answer: answer, job: job, asker: context.asker,
            name: kind == "paint" ? "image_generation" : "image_edit", partials: partials)
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/event-stream; charset=utf-8", .cacheControl: "no-store",
            ],
            body: ResponseBody { writer in
                // What is written is lost a while before a connection says so.
                try await Waiting(service: service).untilGone(departure, job, asker) {
                    try await events.run { try await writer.write(ByteBuffer(string: $0)) }
                }
                try await writer.finish(nil)
            })
    }
}

/// The fields of a form as JSON has them: numbers and truth values are text there.
struct FormFields {
    private(set) var json: JSONValue = [:]
    private(set) var images: [String] = []
    private(set) var mask: String?

    private static let numbers = [
        "n", "partial_images", "output_compression", "seed", "steps", "num_inference_steps",
        "guidance_scale", "true_cfg_scale", "cfg_scale", "strength", "clip_skip", "eta",
        "mask_blur", "padding", "truncation", "weight", "text_weight",
    ]

    init(_ form: Multipart) throws {
        for part in form.parts {
            switch part.name {
            case "mask": mask = Data(part.bytes).base64EncodedString()
            case let name where name == "image" || name.hasPrefix("image["):
                images.append(Data(part.bytes).base64EncodedString())
            case "loras", "lora": json = json.setting("loras", try Self.loras(part))
            case let name where name.hasPrefix("loras[]["): try takeLoRA(name, part)
            case let name: json = json.setting(name, try Self.value(name, part))
            }
        }
    }

    /// A list in JSON.
    private static func loras(_ part: Multipart.Part) throws -> JSONValue {
        let text = try value("loras", part)
        guard case .string(let json) = text else { return text }
        return (try? JSONValue(parsing: json)) ?? text
    }

    /// A member of an object in a list, as clients nest them: `loras[][name]`. A name that comes
    /// again begins the next one.
    private mutating func takeLoRA(_ name: String, _ part: Multipart.Part) throws {
        let own = String(name.dropFirst("loras[][".count).prefix { $0 != "]" })
        var all: [JSONValue] = []
        if case .array(let others)? = json["loras"] { all = others }
        guard all.count < 1000 else {
            throw APIError(.badRequest, "too_large", "loras: there are too many", field: "loras")
        }
        if all.last.map({ $0[own] != nil }) ?? true { all.append([:]) }
        let value = try Self.value(own, part)
        all[all.count - 1] = all[all.count - 1].setting(own, value)
        json = json.setting("loras", .array(all))
    }

    private static func value(_ name: String, _ part: Multipart.Part) throws -> JSONValue {
        guard part.bytes.count <= 1 << 20 else {
            throw APIError(.badRequest, "too_large", "\(name): a text is too long", field: name)
        }
        let text = part.text
        if name == "stream", let value = Bool(text.lowercased()) { return .bool(value) }
        guard numbers.contains(name) else { return .string(text) }
        if let number = Int(text) { return .integer(number) }
        if let number = Double(text), number.isFinite { return .number(number) }
        return .string(text)
    }
}
