import ArgumentParser
import PinxitFiles

/// `pinxit doctor`: what there is, what is missing and how to get it.
struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what this program finds here, what is missing and how to get it.",
        discussion: "Exits with 69 where nothing can be painted.")

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        let checks = await Diagnosis.all()
        if json {
            print(JSONValue.array(checks.map(\.json)).encoded())
        } else {
            var topic = ""
            for check in checks {
                if check.topic != topic { print(check.topic) }
                topic = check.topic
                print(check.line)
            }
        }
        if checks.contains(where: { $0.state == .wrong }) { throw ExitStatus.incomplete.code }
    }
}

/// One thing that was looked at.
struct Check: Sendable {
    enum State: String, Sendable {
        /// It is there.
        case ok
        /// Something is not there that only some uses need, or that changes them.
        case note
        /// Nothing can be painted.
        case wrong
    }

    let topic: String
    let state: State
    let text: String
    /// What to do about it.
    var remedy: String?

    var line: String {
        "  " + state.rawValue.padded(7) + text + (remedy.map { "\n         \($0)" } ?? "")
    }

    var json: JSONValue {
        [
            "topic": .string(topic), "state": .string(state.rawValue), "text": .string(text),
            "remedy": remedy.map { .string($0) } ?? .null,
        ]
    }
}
