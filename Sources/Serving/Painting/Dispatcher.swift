import FoundationEssentials
import PinxitFiles
import PinxitPlatform
import PinxitWorkers

/// Takes jobs from the queue and has workers paint them, one at a time: a picture takes all
/// processors. Workers stay, with their models warm, until there are too many or too little memory.
actor Dispatcher {
    /// How workers are started.
    struct Setup: Sendable {
        /// The path of `pinxit`.
        var program: String
        /// What every worker is told beside its model.
        var arguments: [String] = []
        /// Models that stay loaded.
        var mostWarm = 4
        /// Whether pictures that a safety checker flags are kept back.
        var withholds = true
        /// Whether anything is painted here.
        var paints = true
    }

    private let store: JobStore
    private let shelf: PictureShelf
    private let explanations: ExplanationShelf
    private let hub: EventHub
    private let catalogue: Catalogue
    private let setup: Setup
    /// What the names of this server's workers begin with.
    private let name: String
    /// The models that jobs are taken for; nil for all, of which those that are not served fail.
    private let models: [String]?
    private var lastTold = ContinuousClock.now
    /// Least recently used first.
    private var warm: [WorkerProcess] = []
    private var current: (job: Job, worker: WorkerProcess?)?
    private var isStopping = false
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        _ store: JobStore, _ shelf: PictureShelf, _ explanations: ExplanationShelf,
        _ hub: EventHub, _ catalogue: Catalogue, _ setup: Setup
    ) throws {
        (self.store, self.shelf, self.hub) = (store, shelf, hub)
        self.explanations = explanations
        (self.catalogue, self.setup) = (catalogue, setup)
        name = hub.name
        models = store.isShared ? catalogue.models.map(\.name) : nil
        (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        if !store.isShared { _ = try store.takeBack(notOf: name, at: now()) }
    }

    /// Says that something waits.
    nonisolated func wake() { waker.yield() }

    /// Works until it is stopped.
    func run() async {
        wake()
        for await _ in wakes {
            // Where the store is not reached nothing is taken, until somebody wakes this again.
            while !isStopping, let job = try? next() { await paint(job) }
            if isStopping { return }
        }
    }

    private func next() throws -> Job? {
        guard setup.paints, try !store.isPaused() else { return nil }
        return try store.claim(worker: name, models: models, at: now())
    }

    /// Loads a model before somebody asks for it.
    func warmUp(_ model: ServedModel) async {
        guard setup.paints, warm.isEmpty, current == nil else { return }
        _ = try? await worker(for: model)
    }

    /// Ends the painting of a job, at the latest in five seconds.
    func cancel(_ job: String) {
        guard let current, current.job.id == job, let worker = current.worker else { return }
        try? worker.send(.cancel(job: job))
        Task {
            try await Task.sleep(for: .seconds(5))
            self.end(worker, ifStillAt: job)
        }
    }

    private func end(_ worker: WorkerProcess, ifStillAt job: String) {
        if current?.job.id == job, current?.worker === worker { worker.stop() }
    }

    /// Takes no more jobs; lets the one at hand be finished within some seconds, else it waits in
    /// the queue for the next start.
    func stop(within seconds: Double) async {
        isStopping = true
        let end = ContinuousClock.now + .seconds(seconds)
        while current != nil, ContinuousClock.now < end {
            try? await Task.sleep(for: .milliseconds(20))
        }
        for worker in warm { worker.stop() }
        while current != nil { try? await Task.sleep(for: .milliseconds(5)) }
        waker.finish()
    }

    // MARK: One job

    private func paint(_ job: Job) async {
        current = (job, nil)
        let heart = Task { [store, name] in
            while true {
                try await Task.sleep(for: .seconds(store.lease / 3))
                // It was cancelled elsewhere, or taken back when this was not heard of.
                if (try? store.renew(job, worker: name)) == false { self.cancel(job.id) }
            }
        }
        do {
            guard let model = catalogue[job.model] else {
                throw WorkFailure(.model, "\(job.model) is not served any more")
            }
            let worker = try await worker(for: model)
            current = (job, worker)
            // It may have been cancelled while the model was loaded.
            if try await say({ try store.renew(job, worker: name) }) {
                let order = PaintOrder(
                    job: job.id, request: try RequestPictures(shelf).expanded(job.request),
                    previewInterval: catalogue.previewInterval(job),
                    explainingInterval: job.isExplaining ? catalogue.explainingInterval(job) : nil)
                try worker.send(.paint(order))
                try await follow(job, worker)
            }
        } catch ServingError.unavailable {
            // Whoever has it next finds the pictures that are there.
            _ = try? store.release(
                job, worker: name, counts: false, WorkFailure(.internal, ""), at: now())
        } catch {
            lost(job, error as? WorkFailure ?? WorkFailure(error))
        }
        heart.cancel()
        current = nil
        hub.forget(job.id)
        hub.wake()
    }

    /// Says something to the store; where that is not reached, again while it may hold the job.
    ///
    /// - Throws: `ServingError.unavailable` after that.
    private func say<Result>(_ body: () throws -> Result) async throws -> Result {
        let end = ContinuousClock.now + .seconds(store.lease)
        while true {
            do {
                return try body()
            } catch ServingError.unavailable(let problem) {
                guard ContinuousClock.now < end, !isStopping else {
                    throw ServingError.unavailable(problem)
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    private func lost(_ job: Job, _ failure: WorkFailure) {
        let isCrash = failure.code == .workerDied || failure.code == .outOfMemory
        // What cannot be written now is taken back at the next start.
        if isCrash {
            _ = try? store.release(
                job, worker: name, counts: !isStopping, failure, at: now())
        } else {
            _ = try? store.fail(job, worker: name, failure, at: now())
        }
    }

    /// - Throws: `WorkFailure` where the worker cannot go on.
    private func follow(_ job: Job, _ worker: WorkerProcess) async throws {
        let pace = Pace(job)
        var more: [String] = []
        var withheld = 0
        for await (report, bytes) in worker.reports {
            switch report {
            case .started(job.id, let settings):
                let isMine = try await say {
                    try store.began(job, worker: name, settings: settings, at: now())
                }
                guard isMine else {
                    try worker.send(.cancel(job: job.id))
                    continue
                }
                hub.wake()
            case .step(job.id, let step): tell(job, step, left: pace.left(after: step))
            case .preview(job.id, let step): tell(job, step, bytes)
            case .picture(job.id, _) where job.isExplaining:
                if let source = job.source,
                    try await say({ try !shelf.has(source, as: bytes) })
                {
                    more.append("painted again it is another picture, which this explains")
                }
            case .explained(job.id, let explanation, let steps):
                guard let source = job.source else { continue }
                try await say { try explanations.put(explanation, steps, bytes, of: source) }
            case .picture(job.id, let picture)
            where setup.withholds && picture.safety?.isFlagged == true:
                withheld += 1
                more.append("picture \(picture.number) is withheld: the safety checker flagged it")
            case .picture(job.id, let picture):
                let kept = JobPicture(
                    number: picture.number, hash: try await say { try shelf.put(bytes) },
                    seed: picture.seed, width: picture.width, height: picture.height,
                    safety: picture.safety)
                _ = try await say { try store.add(kept, to: job, worker: name, at: now()) }
                hub.wake()
            case .finished(job.id, let warnings):
                guard withheld < job.count else {
                    throw WorkFailure(.blocked, "the safety checker flagged all that was painted")
                }
                // Explaining takes longer than painting.
                let seconds = pace.secondsOfPicture
                if !job.isExplaining {
                    try await say { try store.measured(seconds, of: job.model) }
                }
                let all = warnings + more
                _ = try await say { try store.finish(job, worker: name, warnings: all, at: now()) }
                return
            case .failed(job.id, let failure):
                // Who asked for it has been told.
                guard failure.code != .interrupted else { return }
                throw failure
            default: break
            }
        }
        throw worker.end ?? WorkFailure(.workerDied, "the worker ended")
    }

    /// Tells of a step here and, a few times a second, to others who share the store.
    private func tell(_ job: Job, _ step: ReportedStep, left: Double?) {
        hub.step(job.id, of: job.owner, step, left: left)
        guard store.isShared, ContinuousClock.now >= lastTold + .milliseconds(250) else { return }
        lastTold = .now
        try? store.announce("step " + EventHub.told(job, by: name, step, left: left))
    }

    /// Tells of a preview, which others who share the store find there.
    private func tell(_ job: Job, _ step: ReportedStep, _ preview: Data) {
        let number = hub.preview(job, step, preview)
        guard store.isShared, (try? store.put(preview, number, of: job.id)) != nil else { return }
        try? store.announce("preview " + EventHub.told(job, by: name, step, preview: number))
    }

    // MARK: Workers

    /// The worker that has a model, started where there is none.
    ///
    /// - Throws: `WorkFailure` where the model cannot be loaded.
    private func worker(for model: ServedModel) async throws -> WorkerProcess {
        warm.removeAll { $0.end != nil }
        if let place = warm.firstIndex(where: { $0.model == model.name }) {
            let worker = warm.remove(at: place)
            warm.append(worker)
            return worker
        }
        while warm.count >= setup.mostWarm || (!warm.isEmpty && !hasMemory(for: model)) {
            warm.removeFirst().stop()
        }
        let worker = try start(model)
        warm.append(worker)
        for await (report, _) in worker.reports {
            switch report {
            case .ready(let defaults, _):
                if let defaults { try? catalogue.learn(defaults, of: model.name) }
                return worker
            case .refused(let failure):
                warm.removeAll { $0 === worker }
                throw failure.code == .invalidRequest
                    ? WorkFailure(.model, failure.message) : failure
            default: continue
            }
        }
        warm.removeAll { $0 === worker }
        throw worker.end ?? WorkFailure(.workerDied, "the worker ended")
    }

    /// - Throws: `WorkFailure` where the system starts no process; it may later.
    private func start(_ model: ServedModel) throws(WorkFailure) -> WorkerProcess {
        do {
            return try WorkerProcess(
                model: model.name, program: setup.program,
                arguments: ["worker-process", "--model", model.path] + setup.arguments)
        } catch {
            throw WorkFailure(.workerDied, "\(error)")
        }
    }

    private func hasMemory(for model: ServedModel) -> Bool {
        guard let available = Memory.available else { return true }
        return available > 2 * model.bytes + (256 << 20)
    }

    /// The models that are loaded.
    var warmModels: [String] { warm.filter { $0.end == nil }.map(\.model) }
}

/// Seconds since 1970.
func now() -> Double { Date().timeIntervalSince1970 }
