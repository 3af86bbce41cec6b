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
        /// Told what becomes of jobs.
        var record = WorkRecord(ServerLog())
    }

    let store: JobStore
    let shelf: PictureShelf
    let explanations: ExplanationShelf
    let hub: EventHub
    let catalogue: Catalogue
    let setup: Setup
    /// What the names of this server's workers begin with.
    let name: String
    /// The models that jobs are taken for; nil for all, of which those that are not served fail.
    private let models: [String]?
    private let claiming: Background
    let renewing: Background
    var lastTold = ContinuousClock.now
    /// Least recently used first.
    var warm: [WorkerProcess] = []
    /// The model that was asked for last and is not there yet.
    var loading: (model: String, task: Task<WorkerProcess, any Error>)?
    var current: (job: Job, worker: WorkerProcess?)?
    var isStopping = false
    private let wakes: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    init(
        _ store: JobStore, _ shelf: PictureShelf, _ explanations: ExplanationShelf,
        _ hub: EventHub, _ catalogue: Catalogue, _ setup: Setup
    ) throws {
        (self.store, self.shelf, self.hub) = (store, shelf, hub)
        self.explanations = explanations
        (self.catalogue, self.setup) = (catalogue, setup)
        claiming = Background("taking jobs", setup.record.log)
        renewing = Background("holding a job", setup.record.log)
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
            while !isStopping, let job = claiming({ try next() }) ?? nil { await paint(job) }
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
}

/// Seconds on a clock that nobody sets.
func steadyNow() -> Double { (ContinuousClock.now - began) / .seconds(1) }

private let began = ContinuousClock.now

/// Seconds since 1970.
func now() -> Double { Date().timeIntervalSince1970 }
