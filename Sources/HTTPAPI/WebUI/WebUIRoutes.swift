import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles
import PinxitImages
import PinxitServing
import PinxitWorkers

/// `/sdapi/v1`: what clients of AUTOMATIC1111's web UI call.
struct WebUIRoutes: Sendable {
    let service: PaintService
    private let settings: WebUISettings

    init(_ service: PaintService) {
        self.service = service
        settings = WebUISettings(service.catalogue)
    }

    func add(to routes: Routes) {
        routes.post("/sdapi/v1/txt2img") { request, context in
            try await paint(request, context, isFromPicture: false)
        }
        routes.post("/sdapi/v1/img2img") { request, context in
            try await paint(request, context, isFromPicture: true)
        }
        routes.post("/sdapi/v1/png-info", use: pictureInfo)
        for name in ["interrupt", "skip"] {
            // Also who may end everybody's means its own.
            routes.post(RouterPath("/sdapi/v1/\(name)")) { _, context in
                let asker = context.asker.alone
                for (job, _) in try service.queue(for: asker) where job.status == .painting {
                    _ = try? await service.cancel(job.id, for: asker)
                }
                return Response.json([:])
            }
        }
        routes.get("/sdapi/v1/progress", use: progress)
        routes.get("/sdapi/v1/options") { _, context in
            Response.json(settings.json(of: context.owner))
        }
        routes.post("/sdapi/v1/options") { request, context in
            let fields = JSONField(try await request.json(limit: 1 << 20))
            try settings.set(fields, of: context.owner)
            return Response.json([:])
        }
        routes.get("/sdapi/v1/embeddings") { _, context in
            Response.json(try embeddings(for: try settings.model(nil, of: context.owner)))
        }
        WebUILists(service: service).add(to: routes)
        WebUIExtras(service: service).add(to: routes)
        WebUIControl(service: service).add(to: routes)
    }

    /// Words that the model which is set is taught, and others.
    private func embeddings(for model: ServedModel) throws -> JSONValue {
        let loaded = Set(service.catalogue.embeddings(of: model).map(\.word))
        func all(_ isWanted: (ServedEmbedding) -> Bool) -> JSONValue {
            service.catalogue.embeddings.filter(isWanted).reduce([:]) { members, one in
                members.setting(
                    one.word,
                    [
                        "step": .null, "sd_checkpoint": .null, "sd_checkpoint_name": .null,
                        "shape": .integer(one.width), "vectors": .integer(one.count),
                    ])
            }
        }
        return [
            "loaded": all { loaded.contains($0.word) },
            "skipped": all { !loaded.contains($0.word) },
        ]
    }

    private func paint(
        _ request: Request, _ context: APIContext, isFromPicture: Bool
    ) async throws -> Response {
        let json = try await request.json(limit: service.limits.json)
        let fields = JSONField(json)
        let named = fields["override_settings"]["sd_model_checkpoint"]
        let name = try named.string(or: "")
        let model = try settings.model(name.isEmpty ? nil : name, of: context.owner)
        let units = WebUIControlUnits(
            request: fields, service: service, model: model, asker: context.asker,
            isFromPicture: isFromPicture)
        let asked = WebUIRequest(
            fields: fields, model: model, lastLayers: settings.lastLayers(of: context.owner),
            controls: try units.members())
        let job = try await Waiting(service: service).painted(
            try asked.body(isFromPicture: isFromPicture), request, context, isInterruptible: true)
        let images = try await service.onceReached {
            try job.pictures.map { try service.file($0) }
        }
        return .json([
            "images": try fields["send_images"].bool(or: true)
                ? .array(images.map { .string($0.base64EncodedString()) }) : [],
            "parameters": Self.echo(json),
            "info": .string(try WebUIInfo(job, images).json.encoded(indented: false)),
        ])
    }

    /// The request without its pictures.
    private static func echo(_ json: JSONValue) -> JSONValue {
        if case .bool(true)? = json["include_init_images"] { return json }
        guard case .object(let members) = json else { return json }
        return .object(
            members.map { member in
                switch member.name {
                case "init_images", "mask": JSONMember(member.name, .null)
                case "alwayson_scripts":
                    JSONMember(member.name, WebUIControlUnits.withoutPictures(member.value))
                default: member
                }
            })
    }

    private func pictureInfo(_ request: Request, _ context: APIContext) async throws -> Response {
        let fields = JSONField(try await request.json(limit: service.limits.json))
        let text = try fields["image"].string()
        guard let bytes = Data(encodedPicture: text) else {
            throw APIError(.notFound, "not_found", "Image not found", field: "image")
        }
        let found = try PaintService.settings(in: bytes)
        let info = Infotext(parsing: found.parameters ?? "")
        return .json([
            "info": .string(found.parameters ?? ""),
            "items": found.parameters.map { ["parameters": .string($0)] } ?? [:],
            "parameters": found.parameters == nil ? [:] : Self.parameters(info),
        ])
    }

    /// Of a name that comes again the last counts. A text may have very many.
    private static func parameters(_ info: Infotext) -> JSONValue {
        var members = [
            JSONMember("Prompt", .string(info.prompt)),
            JSONMember("Negative prompt", .string(info.negativePrompt)),
        ]
        var places = ["Prompt": 0, "Negative prompt": 1]
        for field in info.fields {
            let member = JSONMember(field.key, .string(field.value))
            if let place = places[field.key] {
                members[place] = member
            } else {
                places[field.key] = members.count
                members.append(member)
            }
        }
        return .object(members)
    }

    private func progress(_ request: Request, _ context: APIContext) throws -> Response {
        let job = try service.queue(for: context.asker.alone).map(\.job)
            .first { $0.status == .painting }
        let progress = job.flatMap { service.progress($0) }
        let step = progress?.step
        let isSkipped =
            request.uri.queryParameters.get("skip_current_image")?.lowercased() == "true"
        let picture = isSkipped ? nil : job.flatMap { service.newestPreview($0) }
        var share = 0.0
        if let step {
            let own = Double(step.step) / Double(max(step.steps, 1))
            share = min(1, 0.01 + (Double(step.picture - 1) + own) / Double(max(step.pictures, 1)))
        }
        return .json([
            "progress": .number(share), "eta_relative": .number(progress?.left ?? 0),
            "state": [
                "skipped": false, "interrupted": false, "stopping_generation": false,
                "job": .string(job?.id ?? ""), "job_count": .integer(job?.count ?? 0),
                "job_timestamp": "0", "job_no": .integer((step?.picture ?? 1) - 1),
                "sampling_step": .integer(step?.step ?? 0),
                "sampling_steps": .integer(step?.steps ?? 0),
            ],
            "current_image": (picture?.base64EncodedString()).json, "textinfo": .null,
        ])
    }
}
