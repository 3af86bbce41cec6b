import PinxitFiles
import PinxitServing
import PinxitWorkers

/// Jobs as the native API has them.
struct JobJSON {
    let service: PaintService

    func callAsFunction(_ job: Job) throws -> JSONValue {
        self(job, at: try service.place(job))
    }

    /// - Parameter place: In the queue.
    func callAsFunction(_ job: Job, at place: QueuePlace?) -> JSONValue {
        let progress = job.status == .painting ? service.progress(job) : nil
        var members: [JSONMember] = [
            JSONMember("id", .string(job.id)), JSONMember("kind", .string(job.kind)),
            JSONMember("group", job.group.json), JSONMember("status", .string(job.status.rawValue)),
            JSONMember("model", .string(job.model)), JSONMember("prompt", .string(job.prompt)),
            JSONMember("count", .integer(job.count)), JSONMember("seed", .integer(Int(job.seed))),
            JSONMember("request", Self.parsed(job.request)),
            JSONMember("source", job.source.json), JSONMember("created", .number(job.created)),
            JSONMember("started", job.started.json), JSONMember("finished", job.finished.json),
        ]
        members += [
            JSONMember("queue_position", (place?.position).map { .integer($0) } ?? .null),
            JSONMember("eta", (place?.seconds ?? progress?.left ?? nil).json),
            JSONMember("attempts", .integer(job.attempts)),
            JSONMember("progress", progress.map(Self.progress) ?? .null),
            JSONMember("settings", job.settings.map(Self.parsed) ?? .null),
            JSONMember("images", .array(job.pictures.map(Self.picture))),
            JSONMember("warnings", .array(job.warnings.map { .string($0) })),
            JSONMember("moderation", service.verdict(on: job).json),
            JSONMember("error", job.failure?.json ?? .null),
        ]
        return .object(members)
    }

    static func picture(_ picture: JobPicture) -> JSONValue {
        [
            "number": .integer(picture.number), "hash": .string(picture.hash),
            "url": .string(url(picture.hash)),
            "thumbnail": .string(url(picture.hash) + "/thumbnail"),
            "seed": .integer(Int(picture.seed)), "width": .integer(picture.width),
            "height": .integer(picture.height), "safety": picture.safety?.json ?? .null,
        ]
    }

    static func url(_ hash: String) -> String { "/api/v1/images/\(hash)" }

    private static func progress(
        _ progress: (step: ReportedStep, left: Double?)
    ) -> JSONValue {
        [
            "picture": .integer(progress.step.picture),
            "pictures": .integer(progress.step.pictures),
            "step": .integer(progress.step.step), "steps": .integer(progress.step.steps),
            "eta": progress.left.json,
        ]
    }

    static func parsed(_ json: String) -> JSONValue { (try? JSONValue(parsing: json)) ?? .null }
}

extension String? {
    var json: JSONValue { map { .string($0) } ?? .null }
}

extension Double? {
    var json: JSONValue { map { .number($0) } ?? .null }
}
