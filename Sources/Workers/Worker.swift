import Dispatch
import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages
import PinxitPlatform
import PinxitTensors
import Synchronization

/// The process that paints for a server: it holds one model, takes orders from a pipe and reports
/// on another. Where the server is gone it ends at once, whatever it is at.
public final class Worker: Sendable {
    private let pipe: MessagePipe
    private let painter: Painter
    private let checker: SafetyChecker?
    private let marks: PictureMarks
    /// The model as LoRAs made it last; nil for itself.
    private let changed = Mutex<(loras: [OrderedLoRA], painter: Painter)?>(nil)
    /// That with what stood beside it last.
    private let accompanied = Mutex<(parts: OrderedParts, painter: Painter)?>(nil)
    /// The job that was ordered last.
    private let latest = Mutex<(job: String, task: Task<Void, Never>)?>(nil)

    private init(
        _ pipe: MessagePipe, _ painter: Painter, _ checker: SafetyChecker?, _ marks: PictureMarks
    ) {
        self.pipe = pipe
        self.painter = painter
        self.checker = checker
        self.marks = marks
    }

    /// Loads a model and works until the other side is gone.
    ///
    /// - Parameters:
    ///   - marks: What pictures are given beside their pixels.
    ///   - load: Loads the model.
    public static func run(
        on pipe: MessagePipe, marks: PictureMarks = PictureMarks(),
        loading load: @Sendable () async throws -> Painter
    ) async {
        let started = ContinuousClock.now
        let painter: Painter
        let checker: SafetyChecker?
        do {
            painter = try await load()
            checker = try await Engine.run { [path = painter.folder.path] in
                try SafetyChecker(modelFolder: path)
            }
        } catch {
            try? pipe.send(WorkerReport.refused(WorkFailure(error)))
            return
        }
        let worker = Worker(pipe, painter, checker, marks)
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        try? pipe.send(WorkerReport.ready(defaults: worker.defaults, seconds: seconds))
        await worker.work()
    }

    /// What the model does where a request leaves it open; nil for one that needs a picture.
    private var defaults: String? {
        guard let resolved = try? painter.resolved(PaintRequest(prompt: "", seed: 0)) else {
            return nil
        }
        return try? resolved.request.json()
    }

    private func work() async {
        DispatchQueue(label: "pinxit.worker.orders").async { [self] in
            while let (order, _) = try? pipe.receive(WorkerOrder.self) {
                switch order {
                case .paint(let order): begin(order)
                case .cancel(let job): latest.withLock { if $0?.job == job { $0?.task.cancel() } }
                }
            }
            // Nobody wants what is being painted.
            _exit(0)
        }
        await withUnsafeContinuation { (_: UnsafeContinuation<Void, Never>) in }
    }

    /// Begins a job once the one before it is over. From here on it can be cancelled: that order
    /// may come right behind.
    private func begin(_ order: PaintOrder) {
        latest.withLock { latest in
            let before = latest?.task
            let task = Task {
                await before?.value
                await paint(order)
            }
            latest = (order.job, task)
        }
    }

    private func paint(_ order: PaintOrder) async {
        do {
            let request = try PaintRequest(json: order.request)
            let painter = try await painter(with: order.parts, order.loras)
            var options = PaintOptions()
            options.previewInterval =
                painter.folder.pipeline.family == .diffusion ? order.previewInterval : nil
            options.explaining = order.explainingInterval.map {
                ExplainingOptions(pictureInterval: $0)
            }
            for try await event in painter.paint(request, options) {
                try await tell(event, order)
            }
            try Task.checkCancellation()
        } catch {
            let failure = WorkFailure(error)
            let told = WorkFailure(failure.code, order.naming(failure.message))
            try? pipe.send(WorkerReport.failed(job: order.job, told))
        }
    }

    /// The model with networks beside it; those that stood there last are not read again.
    private func painter(
        with parts: OrderedParts?, _ loras: [OrderedLoRA]
    ) async throws -> Painter {
        let painter = try await painter(changedBy: loras)
        guard let parts else { return painter }
        let last = accompanied.withLock { $0 }
        if let last, last.parts == parts { return last.painter }
        let other = try await (last?.painter ?? painter).with(
            controlNets: parts.controlNets,
            imagePrompts: parts.adapter.map { ImagePromptParts(adapter: $0) })
        accompanied.withLock { $0 = (parts, other) }
        return other
    }

    /// The model with its weights changed, or itself: its own are never touched, so that what it
    /// paints after a LoRA is what it painted before.
    ///
    /// Of changed models one is held, until another or none is wanted.
    private func painter(changedBy loras: [OrderedLoRA]) async throws -> Painter {
        let isHeld = changed.withLock { held in
            if (held?.loras ?? []) == loras { return true }
            held = nil
            return false
        }
        if isHeld { return changed.withLock { $0?.painter } ?? painter }
        accompanied.withLock { $0 = nil }
        guard !loras.isEmpty else { return painter }
        let other = try await painter.with(
            loras: loras.map {
                LoRA(file: $0.file, weight: $0.weight, textWeight: $0.textWeight)
            })
        changed.withLock { $0 = (loras, other) }
        return other
    }

    private func tell(_ event: PaintEvent, _ order: PaintOrder) async throws {
        let job = order.job
        switch event {
        case .started(let request):
            let settings = try request.request.json(picturesAsDigests: true)
            try pipe.send(WorkerReport.started(job: job, settings: settings))
        case .step(let step): try pipe.send(WorkerReport.step(job: job, ReportedStep(step)))
        case .preview(let picture, let step):
            try pipe.send(
                WorkerReport.preview(job: job, ReportedStep(step)),
                bytes: try PNG.encode(picture, level: 1))
        case .picture(let picture):
            var told = ReportedPicture(
                number: picture.number, seed: picture.seed, width: picture.picture.width,
                height: picture.picture.height)
            if order.explainingInterval == nil, let checker {
                told.safety = await Engine.run { checker(picture.picture) }
            }
            try pipe.send(
                WorkerReport.picture(job: job, told), bytes: try picture.png(marks: marks))
            if let explanation = picture.explanation { try tell(explanation, job) }
        case .finished(let summary):
            let warnings = summary.warnings.map { order.naming($0) }
            try pipe.send(WorkerReport.finished(job: job, warnings: warnings))
        }
    }
}

extension Worker {
    /// Maps are in the JSON, pictures of steps behind it; `picture` says which steps have one.
    private func tell(_ explanation: PictureExplanation, _ job: String) throws {
        var (steps, bytes) = ([ReportedStepPicture](), Data())
        for step in explanation.steps {
            guard let picture = step.picture else { continue }
            let file = try PNG.encode(picture)
            steps.append(ReportedStepPicture(step: step.number, bytes: file.count))
            bytes += file
        }
        var json = explanation.json
        if case .array(let told)? = json["steps"], case .object(let members) = json {
            let marked = zip(told, explanation.steps).map { value, step -> JSONValue in
                guard case .object(let own) = value else { return value }
                return .object(own + [JSONMember("picture", .bool(step.picture != nil))])
            }
            json = .object(
                members.map { $0.name == "steps" ? JSONMember("steps", .array(marked)) : $0 })
        }
        try pipe.send(
            WorkerReport.explained(
                job: job, explanation: json.encoded(indented: false), steps: steps), bytes: bytes)
    }
}

extension ReportedStep {
    init(_ step: PaintStep) {
        self.init(
            picture: step.picture, pictures: step.pictures, step: step.step, steps: step.steps)
    }
}

extension WorkFailure {
    /// What an error of the library means to who asked.
    public init(_ error: any Error) {
        if let failure = error as? WorkFailure {
            self = failure
            return
        }
        let code: Code =
            switch error {
            case PaintError.request, PaintError.settings, is DecodingError: .invalidRequest
            case PaintError.numerics, PaintError.notFinite: .notFinite
            case is PaintError, is FileError: .model
            case is CancellationError: .interrupted
            default: .internal
            }
        self.init(code, code == .interrupted ? "stopped" : "\(error)")
    }
}

extension PaintOrder {
    /// What is told of it, with files by their names: where they lie is nothing to who asked.
    fileprivate func naming(_ message: String) -> String {
        let paths = (parts?.controlNets ?? []) + [parts?.adapter].compactMap(\.self)
        return (paths + loras.map(\.file)).reduce(message) {
            $0.replacing($1, with: $1.lastPathPart)
        }
    }
}
