import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitServing

/// Pictures as OpenAI's clients read them.
struct OpenAIAnswer {
    let service: PaintService
    let request: OpenAIRequest
    /// Where this server is, such as `http://127.0.0.1:7860`.
    let address: String

    /// The whole answer.
    func json(_ job: Job) throws -> JSONValue {
        let size = job.pictures.first.map { "\($0.width)x\($0.height)" }
        return [
            "created": .integer(Int(job.finished ?? job.created)),
            "data": .array(try job.pictures.map { try picture($0) }),
            "background": "opaque", "output_format": .string(try request.format.name),
            "size": size.json, "usage": Self.usage,
            "job_id": .string(job.id), "model": .string(job.model),
            "moderation": service.verdict(on: job).json,
            "warnings": .array(job.warnings.map { .string($0) }),
            "parameters": job.settings.map(JobJSON.parsed) ?? .null,
        ]
    }

    private func picture(_ picture: JobPicture) throws -> JSONValue {
        let data: JSONValue = [
            "index": .integer(picture.number - 1), "seed": .integer(Int(picture.seed)),
            "hash": .string(picture.hash), "safety": picture.safety?.json ?? .null,
        ]
        if try request.asAddress {
            return data.setting("url", .string(address + JobJSON.url(picture.hash)))
        }
        return data.setting("b64_json", .string(try base64(try service.file(picture))))
    }

    /// A PNG file in the format that is asked for.
    func base64(_ png: Data) throws -> String {
        let format = try request.format
        if format.name == "png" { return png.base64EncodedString() }
        let picture = try PNG.decode(png).rgb()
        let texts = try Picture.texts(encoded: png, name: "picture")
        let bytes =
            format.name == "jpeg"
            ? try JPEG.encode(picture, quality: format.quality, texts: texts)
            : try WebP.encode(picture, quality: format.quality, texts: texts)
        return bytes.base64EncodedString()
    }

    /// Nothing is charged for; the clients want the numbers.
    static let usage: JSONValue = [
        "input_tokens": 0, "output_tokens": 0, "total_tokens": 0,
        "input_tokens_details": ["image_tokens": 0, "text_tokens": 0],
    ]

    /// A picture on its way, as an event.
    ///
    /// - Parameter name: `image_generation` or `image_edit`.
    func partial(_ png: Data, index: Int, _ name: String) throws -> String {
        let event = "\(name).partial_image"
        return EventText.event(
            event, try facts(png, event).setting("partial_image_index", .integer(index)))
    }

    /// A finished picture, as an event.
    func completed(_ picture: JobPicture, _ job: Job, _ name: String) throws -> String {
        let event = "\(name).completed"
        let facts = try facts(try service.file(picture), event)
        return EventText.event(
            event,
            facts.setting("usage", Self.usage).setting("index", .integer(picture.number - 1))
                .setting("seed", .integer(Int(picture.seed))).setting("job_id", .string(job.id)))
    }

    private func facts(_ png: Data, _ event: String) throws -> JSONValue {
        let picture = try PNG.decode(png)
        return [
            "type": .string(event), "b64_json": .string(try base64(png)),
            "created_at": .integer(Int(Date().timeIntervalSince1970)),
            "size": .string("\(picture.width)x\(picture.height)"), "quality": "auto",
            "background": "opaque", "output_format": .string(try request.format.name),
        ]
    }
}
