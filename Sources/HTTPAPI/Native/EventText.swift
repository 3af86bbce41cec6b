import PinxitFiles
import PinxitServing
import PinxitWorkers

/// Events as the native API's streams have them.
struct EventText {
    let service: PaintService
    let asker: Asker

    /// One event of `text/event-stream`, with its number where it has one.
    static func event(_ name: String, _ data: JSONValue, number: Int64? = nil) -> String {
        let id = number.map { "id: \($0)\n" } ?? ""
        return "\(id)event: \(name)\ndata: \(data.encoded(indented: false))\n\n"
    }

    func callAsFunction(_ event: ServedEvent) throws -> String {
        switch event {
        case .lasting(let event):
            return Self.event(event.kind.rawValue, try data(event), number: event.number)
        case .step(let job, let step, let left):
            let done =
                (Double(step.picture - 1) + Double(step.step) / Double(max(step.steps, 1)))
                / Double(max(step.pictures, 1))
            return Self.event(
                "step",
                [
                    "job": .string(job), "picture": .integer(step.picture),
                    "pictures": .integer(step.pictures), "step": .integer(step.step),
                    "steps": .integer(step.steps), "eta": left.json, "progress": .number(done),
                ])
        case .preview(let job, let number, let step):
            return Self.event(
                "preview",
                [
                    "job": .string(job), "picture": .integer(step.picture),
                    "step": .integer(step.step), "steps": .integer(step.steps),
                    "src": .string("/api/v1/jobs/\(job)/previews/\(number)"),
                ])
        case .forgotten(let last): return Self.event("reset", ["last_event": .integer(Int(last))])
        }
    }

    private func data(_ event: JobEvent) throws -> JSONValue {
        var data = JobJSON.parsed(event.detail)
        if let job = event.job { data = data.setting("job", .string(job)) }
        switch event.kind {
        case .queued, .restored:
            guard let id = event.job, let job = try? service.job(id, for: asker) else {
                return data
            }
            let whole = try JobJSON(service: service)(job)
            return data.setting("queue_position", whole["queue_position"])
                .setting("eta", whole["eta"]).setting("detail", whole)
        case .started:
            guard let id = event.job, let job = try? service.job(id, for: asker) else {
                return data
            }
            return data.setting("pictures", .integer(job.count))
                .setting("steps", data["settings"]?["steps"] ?? .null)
                .setting("seed", .integer(Int(job.seed)))
        case .image:
            guard case .string(let hash)? = data["hash"] else { return data }
            return data.setting("url", .string(JobJSON.url(hash)))
                .setting("thumbnail", .string(JobJSON.url(hash) + "/thumbnail"))
        case .failed: return ["job": event.job.json, "error": JobJSON.parsed(event.detail)]
        case .moved:
            let order = try service.queue(for: asker).filter { $0.job.status == .queued }
            return ["order": .array(order.map { .string($0.job.id) })]
        case .done, .cancelled, .paused, .removed: return data
        }
    }
}
