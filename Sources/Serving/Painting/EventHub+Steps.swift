import PinxitFiles
import PinxitWorkers

// Steps of what others paint who share the store.
extension EventHub {
    /// A step as it is told to others.
    static func told(_ job: Job, by painter: String, _ step: ReportedStep, left: Double?) -> String
    {
        let json: JSONValue = [
            "job": .string(job.id), "owner": .string(job.owner), "by": .string(painter),
            "picture": .integer(step.picture), "pictures": .integer(step.pictures),
            "step": .integer(step.step), "steps": .integer(step.steps),
            "left": left.map { .number($0) } ?? .null,
        ]
        return json.encoded(indented: false)
    }

    /// Takes a step that somebody told of.
    func step(told text: String) {
        guard let json = try? JSONValue(parsing: text), case .string(let job)? = json["job"],
            case .string(let owner)? = json["owner"], case .string(let painter)? = json["by"],
            painter != name
        else { return }
        func number(_ name: String) -> Int {
            if case .integer(let number)? = json[name] { number } else { 0 }
        }
        let step = ReportedStep(
            picture: number("picture"), pictures: number("pictures"), step: number("step"),
            steps: number("steps"))
        var left: Double?
        if case .number(let seconds)? = json["left"] { left = seconds }
        self.step(job, of: owner, step, left: left)
    }
}
