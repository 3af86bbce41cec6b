import ArgumentParser
import Pinxit
import PinxitFiles

/// How progress is told on standard error.
enum ProgressKind: String, CaseIterable, ExpressibleByArgument {
    /// A bar that is drawn over itself.
    case bar
    /// An object a line, for other programs.
    case json
    /// Not at all.
    case none
}

/// Tells of a command's progress on standard error, in one of three ways.
struct ProgressTelling {
    private let kind: ProgressKind
    private let bar = ProgressBar()

    /// - Parameter kind: Nil is the bar on a terminal that can draw one and nothing elsewhere.
    init(_ kind: ProgressKind?) { self.kind = kind ?? (canRedraw() ? .bar : .none) }

    func loaded(_ model: String, seconds: Double) {
        tell("loaded", ["model": .string(model), "seconds": .number(seconds)])
    }

    func started(_ request: ResolvedRequest) {
        tell(
            "started",
            [
                "prompt": .string(request.prompt), "pictures": .integer(request.count),
                "width": .integer(request.width), "height": .integer(request.height),
                "seed": .integer(Int(request.seed)),
            ])
    }

    func step(_ step: PaintStep) {
        draw(step.step, of: step.steps, picture: step.picture, of: step.pictures)
        tell(
            "step",
            [
                "picture": .integer(step.picture), "pictures": .integer(step.pictures),
                "step": .integer(step.step), "steps": .integer(step.steps),
                "seed": .integer(Int(step.seed)),
            ])
    }

    /// A step of a server's, as its events have it.
    func remoteStep(_ event: JSONValue) {
        func number(_ name: String) -> Int { event[name]?.whole ?? 1 }
        draw(
            number("step"), of: number("steps"), picture: number("picture"),
            of: number("pictures"))
        tell(
            "step",
            [
                "picture": .integer(number("picture")), "pictures": .integer(number("pictures")),
                "step": .integer(number("step")), "steps": .integer(number("steps")),
            ])
    }

    private func draw(_ step: Int, of steps: Int, picture: Int, of pictures: Int) {
        guard kind == .bar else { return }
        bar.draw(
            pictures > 1 ? "picture \(picture) of \(pictures)" : "painting",
            done: (picture - 1) * steps + step, total: pictures * steps)
    }

    /// A piece of a picture that is enlarged is done.
    func piece(_ done: Int, of total: Int, _ file: String) {
        if kind == .bar { bar.draw(file.lastPathPart, done: done, total: total) }
        tell(
            "piece",
            ["file": .string(file), "done": .integer(done), "pieces": .integer(total)])
    }

    func written(_ path: String) { tell("written", ["path": .string(path)]) }

    func explained(_ path: String) {
        clear()
        if kind == .json {
            tell("explained", ["path": .string(path)])
        } else {
            note("why: \(path)")
        }
    }

    func warning(_ text: String) {
        clear()
        if kind == .json { tell("warning", ["text": .string(text)]) } else { note("note: \(text)") }
    }

    func finished(_ summary: PaintSummary) {
        let times = summary.times
        tell(
            "finished",
            [
                "pictures": .integer(summary.request.count),
                "seconds": [
                    "text": .number(times.text), "encoding": .number(times.encoding),
                    "sampling": .number(times.sampling), "decoding": .number(times.decoding),
                ],
            ])
    }

    /// Takes the bar away, before something else is told.
    func clear() { if kind == .bar { bar.clear() } }

    private func tell(_ event: String, _ members: KeyValuePairs<String, JSONValue>) {
        guard kind == .json else { return }
        let event = JSONMember("event", .string(event))
        let object = JSONValue.object([event] + members.map { JSONMember($0.key, $0.value) })
        writeToStandardError(object.encoded(indented: false) + "\n")
    }
}
