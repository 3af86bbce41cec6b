import PinxitFiles
import PinxitWorkers

// Steps of what others paint who share the store.
extension EventHub {
    /// A step, or the step of a preview, as it is told to others.
    static func told(
        _ job: Job, by painter: String, _ step: ReportedStep, left: Double? = nil,
        preview: Int? = nil
    ) -> String {
        let json: JSONValue = [
            "job": .string(job.id), "owner": .string(job.owner), "by": .string(painter),
            "picture": .integer(step.picture), "pictures": .integer(step.pictures),
            "step": .integer(step.step), "steps": .integer(step.steps),
            "left": left.map { .number($0) } ?? .null,
            "preview": preview.map { .integer($0) } ?? .null,
        ]
        return json.encoded(indented: false)
    }

    /// Takes a step that somebody told of.
    func step(told text: String) {
        guard let told = Told(text), told.painter != name else { return }
        step(told.job, of: told.owner, told.step, left: told.left)
    }

    /// Takes note of a preview that somebody told of.
    func preview(told text: String) {
        guard let told = Told(text), told.painter != name, let number = told.preview else { return }
        preview(told.job, of: told.owner, told.step, number: number)
    }

    private struct Told {
        let job: String
        let owner: String
        let painter: String
        let step: ReportedStep
        var left: Double?
        var preview: Int?

        init?(_ text: String) {
            guard let json = try? JSONValue(parsing: text), case .string(let job)? = json["job"],
                case .string(let owner)? = json["owner"], case .string(let painter)? = json["by"]
            else { return nil }
            func number(_ name: String) -> Int? {
                if case .integer(let number)? = json[name] { number } else { nil }
            }
            (self.job, self.owner, self.painter) = (job, owner, painter)
            step = ReportedStep(
                picture: number("picture") ?? 0, pictures: number("pictures") ?? 0,
                step: number("step") ?? 0, steps: number("steps") ?? 0)
            if case .number(let seconds)? = json["left"] { left = seconds }
            preview = number("preview")
        }
    }
}
