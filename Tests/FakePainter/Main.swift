import FoundationEssentials
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitWorkers
import Synchronization

/// A worker that paints plain colours, for tests of everything around it. The colour follows from
/// the seed; a step takes `FAKE_STEP` milliseconds, 2 by default, and 100 for a prompt with `slow`.
/// A prompt with `die` kills it; of one with `checked` pictures with an odd seed are flagged. What
/// stands beside the model, and what changes it, it names in a warning. Where `FAKE_STEPS` names a
/// file, each step adds a line there with its job.
@main
enum FakePainter {
    static func main() {
        signal(SIGPIPE, SIG_IGN)
        let output = dup(STDOUT_FILENO)
        dup2(STDERR_FILENO, STDOUT_FILENO)
        let pipe = MessagePipe(reading: STDIN_FILENO, writing: output)
        let defaults = #"{"count":1,"height":32,"prompt":"","seed":0,"steps":4,"width":32}"#
        try? pipe.send(WorkerReport.ready(defaults: defaults, seconds: 0))
        var thread = pthread_t()
        let hands = Unmanaged.passRetained(Hands(pipe))
        pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Hands>.fromOpaque(context!).takeUnretainedValue().listen()
                return nil
            }, hands.toOpaque())
        // Where nobody listens any more there is nobody to paint for.
        do { try hands.takeUnretainedValue().paint() } catch { _exit(0) }
    }
}

/// Listens on one thread and paints on another.
final class Hands: Sendable {
    private let pipe: MessagePipe
    private let cancelled = Mutex<Set<String>>([])
    private let orders = Mutex<[PaintOrder]>([])
    private let milliseconds: UInt32
    private let steps: String?

    init(_ pipe: MessagePipe) {
        self.pipe = pipe
        let environment = ProcessInfo.processInfo.environment
        milliseconds = environment["FAKE_STEP"].flatMap { UInt32($0) } ?? 2
        steps = environment["FAKE_STEPS"]
    }

    func listen() {
        while let (order, _) = try? pipe.receive(WorkerOrder.self) {
            switch order {
            case .paint(let order): orders.withLock { $0.append(order) }
            case .cancel(let job): cancelled.withLock { _ = $0.insert(job) }
            }
        }
        _exit(0)
    }

    func paint() throws {
        while true {
            let order = orders.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let order { try paint(order) } else { usleep(500) }
        }
    }

    private func paint(_ order: PaintOrder) throws {
        let request = JSONField(
            file: "request", path: "", value: try JSONValue(parsing: order.request))
        let prompt = try request["prompt"].string()
        if prompt.contains("die") { kill(getpid(), SIGKILL) }
        let milliseconds = prompt.contains("slow") ? 100 : milliseconds
        let (count, seed) = (try request["count"].int(or: 1), try request["seed"].int())
        let steps = try request["steps"].int(or: 4)
        let width = try request["width"].int(or: 32)
        let height = try request["height"].int(or: 32)
        let whole = request.value?.encoded(indented: false) ?? ""
        try pipe.send(WorkerReport.started(job: order.job, settings: whole))
        for number in 1...count {
            let own = UInt32(truncatingIfNeeded: seed + number - 1)
            let color = [own, own >> 8, own >> 16].map { UInt8(truncatingIfNeeded: $0) }
            let picture = Picture(width: width, height: height, color: color)
            for step in 1...steps {
                usleep(milliseconds * 1000)
                if let file = self.steps {
                    try AppendingFile(path: file).append("\(order.job)\n")
                }
                if cancelled.withLock({ $0.contains(order.job) }) {
                    try pipe.send(
                        WorkerReport.failed(
                            job: order.job, WorkFailure(.interrupted, "stopped")))
                    return
                }
                let told = ReportedStep(
                    picture: number, pictures: count, step: step, steps: steps)
                try pipe.send(WorkerReport.step(job: order.job, told))
                if let interval = order.previewInterval, step % interval == 0, step < steps {
                    try pipe.send(
                        WorkerReport.preview(job: order.job, told), bytes: try PNG.encode(picture))
                }
            }
            try pipe.send(
                WorkerReport.picture(
                    job: order.job,
                    ReportedPicture(
                        number: number, seed: own, width: width, height: height,
                        safety: prompt.contains("checked")
                            ? ReportedSafety(
                                special: [-1], concepts: [own % 2 == 1 ? 0.1 : -0.1])
                            : nil)),
                bytes: try PNG.encode(picture))
            if order.explainingInterval != nil { try explain(order.job, prompt, picture) }
        }
        let parts = order.parts.map { $0.controlNets + [$0.adapter].compactMap(\.self) } ?? []
        let loras = order.loras.map { "\($0.file.lastPathPart) \($0.weight) \($0.textWeight)" }
        try pipe.send(
            WorkerReport.finished(
                job: order.job,
                warnings: (parts.isEmpty
                    ? [] : ["with " + parts.map(\.lastPathPart).joined(separator: ", ")])
                    + (loras.isEmpty ? [] : ["changed by " + loras.joined(separator: ", ")])))
    }

    /// Of each word a map that is bright where the word stands, and three steps, the second without
    /// a picture.
    private func explain(_ job: String, _ prompt: String, _ picture: Picture) throws {
        let words = prompt.split(separator: " ")
        let told = words.indices.map { place -> JSONValue in
            let values = words.indices.map { JSONValue.number($0 == place ? 1 : 0) }
            return [
                "text": .string(String(words[place])), "share": 0.1,
                "map": [
                    "width": .integer(words.count), "height": 1, "values": .array(values),
                ],
            ]
        }
        let json: JSONValue = [
            "texts": [["text": .string(prompt), "weight": 1, "words": .array(told)]],
            "steps": .array(
                (1...3).map {
                    ["step": .integer($0), "seconds": 0.1, "picture": .bool($0 != 2)]
                }),
        ]
        let file = try PNG.encode(picture)
        try pipe.send(
            WorkerReport.explained(
                job: job, explanation: json.encoded(indented: false),
                steps: [1, 3].map { ReportedStepPicture(step: $0, bytes: file.count) }),
            bytes: file + file)
    }
}
