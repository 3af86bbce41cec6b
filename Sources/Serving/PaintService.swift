import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages
import Synchronization

/// How pictures are served.
public struct ServingConfiguration: Sendable {
    /// Where jobs and pictures are kept, where ``store`` is nil.
    public var folder: String
    /// The PostgreSQL database where they are kept, such as `postgresql://user@host/database`.
    public var store: String?
    /// Seconds for which a worker has a job without saying that it is still at it.
    public var lease = JobStore.usualLease
    /// Whether jobs are painted here; others may who share the store.
    public var paints = true
    /// The path of `pinxit`, which paints.
    public var program: String
    /// What its workers are told beside their model.
    public var workerArguments: [String] = []
    /// Models that stay loaded.
    public var mostWarm = 4
    /// What is accepted.
    public var limits = Limits()
    /// How much of the past is kept.
    public var retention = Retention()
    /// How much of what is asked for is refused.
    public var policy = ContentPolicy.Level.standard
    /// Networks that enlarge pictures.
    public var upscalers: [ServedUpscaler] = []
    /// Pixel-steps that each who asks may have in a minute; nil is as many as there are.
    public var rate: Double?
    /// The file that says who asked for what; nil is none.
    public var audit: String?
    /// Whether prompts are in it.
    public var auditsPrompts = false

    /// What is usual.
    public init(folder: String, program: String) {
        self.folder = folder
        self.program = program
    }
}

/// Takes jobs, has them painted, and keeps what was painted. Whatever door asks, it asks here.
public final class PaintService: Sendable {
    /// The models that are served.
    public let catalogue: Catalogue
    /// What is accepted.
    public let limits: Limits
    /// What is refused.
    public let policy: ContentPolicy
    /// The pictures.
    let shelf: PictureShelf
    /// Networks that enlarge pictures.
    public let upscalers: [ServedUpscaler]
    let program: String
    /// Who asked for what.
    public let audit: AuditLog?
    /// What sessions are signed with, by all who share the store.
    public let sessionSecret: String
    private let limiter: RateLimiter?
    let explanations: ExplanationShelf
    let store: JobStore
    let hub = EventHub()
    let dispatcher: Dispatcher
    private let retention: Retention
    private let place: StorePlace
    private let listener = Mutex<PostgresListener?>(nil)
    private let stopping = Mutex(false)
    /// Tokens that models take, as far as it was asked.
    let windows = Mutex<[String: Int]>([:])

    /// Opens the store; jobs that a server which is no more was painting wait again.
    ///
    /// - Throws: `FileError` where the folder is another server's, or cannot be written;
    ///   `ServingError.unavailable` where the database is not reached.
    public init(_ configuration: ServingConfiguration, models: [ServedModel]) throws {
        place = try StorePlace(configuration)
        (store, shelf, explanations) = (place.store, place.shelf, place.explanations)
        catalogue = try Catalogue(models, store)
        sessionSecret = try store.salt("session.secret")
        limits = configuration.limits
        (upscalers, program) = (configuration.upscalers, configuration.program)
        limiter = configuration.rate.map { RateLimiter(perMinute: $0) }
        audit = try configuration.audit.map { [store] file in
            try AuditLog(
                file: file, keepsPrompts: configuration.auditsPrompts, salt: try store.salt())
        }
        policy = try ContentPolicy(configuration.policy)
        retention = configuration.retention
        dispatcher = try Dispatcher(
            store, shelf, explanations, hub, catalogue,
            Dispatcher.Setup(
                program: configuration.program, arguments: configuration.workerArguments,
                mostWarm: configuration.mostWarm, withholds: configuration.policy.withholds,
                paints: configuration.paints))
    }

    /// Works until it is stopped.
    public func run() async {
        listener.withLock { $0 = place.address.map { listen($0) } }
        let others = Task {
            await dispatcher.warmUp(catalogue.models[0])
            dispatcher.wake()
            while !Task.isCancelled {
                try? await sweep()
                for _ in 0..<40 {
                    try await Task.sleep(for: .seconds(15))
                    hub.wake()
                }
            }
        }
        let lost = Task { await takeBackLost() }
        await dispatcher.run()
        others.cancel()
        lost.cancel()
    }

    /// Takes no more jobs, finishes the one at hand if it can within some seconds, and ends.
    public func stop(within seconds: Double) async {
        stopping.withLock { $0 = true }
        await dispatcher.stop(within: seconds)
        listener.withLock { $0?.stop() }
        hub.close()
    }

    /// Whether it takes jobs.
    public var isStopping: Bool { stopping.withLock { $0 } }

    // MARK: Jobs

    /// Takes a job as a client says it in JSON.
    ///
    /// - Parameters:
    ///   - body: See ``JobBody``.
    ///   - key: The same one of the same owner again gives the same job.
    /// - Throws: `ServingError`.
    public func submit(
        _ body: JSONValue, by asker: Asker, idempotencyKey key: String? = nil
    ) throws -> Job {
        var draft: JobDraft
        do {
            draft = try self.draft(body, for: asker)
        } catch let error as ServingError {
            if case .blocked(let verdict, _) = error, case .string(let prompt)? = body["prompt"] {
                audit(
                    "blocked", asker.owner, prompt,
                    [JSONMember("refused", .array(verdict.refused.map { .string($0) }))])
            }
            throw error
        }
        draft.owner = asker.owner
        draft.payer = asker.payer
        draft.idempotencyKey = key
        return try submit(draft)
    }

    /// A job as a client says it, checked.
    func draft(_ body: JSONValue, for asker: Asker) throws -> JobDraft {
        guard case .object = body else {
            throw ServingError.invalid(field: nil, problem: "an object is accepted")
        }
        let pictures = pictures(for: asker)
        let parsed = JobBody(
            json: JSONField(file: "", path: "", value: body), catalogue: catalogue,
            pictures: pictures, limits: limits, policy: policy)
        do {
            return try parsed.draft { hash in
                try self.settings(hash, of: try pictures.bytes(hash), for: asker).prompt
            }
        } catch let error as FileError {
            throw ServingError.invalid(
                field: error.field.isEmpty ? nil : error.field, problem: error.problem)
        }
    }

    func submit(_ draft: JobDraft) throws -> Job {
        guard !isStopping else { throw ServingError.stopping }
        let pace = try store.paces()[draft.model] ?? 5
        let id = Self.newID()
        try limiter?.take(draft.cost, of: draft.payer, at: now())
        let job: Job
        do {
            job = try store.accept(
                draft, id: id, limit: limits.queue, at: now(),
                wait: { _ in max(1, Int((pace * Double(draft.count)).rounded(.up))) })
        } catch {
            limiter?.give(draft.cost, to: draft.payer)
            throw error
        }
        guard job.id == id else {
            // The same key again: it is paid already.
            limiter?.give(draft.cost, to: draft.payer)
            return job
        }
        audit(
            "submit", draft.owner, draft.prompt,
            [
                JSONMember("job", .string(id)), JSONMember("kind", .string(draft.kind)),
                JSONMember("model", .string(draft.model)),
                JSONMember("count", .integer(draft.count)),
                JSONMember("pixel_steps", .number(draft.cost)),
            ])
        dispatcher.wake()
        hub.wake()
        return job
    }

    private func audit(
        _ action: String, _ owner: String, _ prompt: String, _ members: [JSONMember]
    ) {
        guard let audit else { return }
        audit.note(action, by: owner, members + [audit.prompt(prompt)])
    }

    /// Random and readable: 100 bits in letters and digits.
    private static func newID() -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        var generator = SystemRandomNumberGenerator()
        return "j"
            + String((0..<20).map { _ in letters[Int.random(in: 0..<32, using: &generator)] })
    }

    /// The job of that name.
    ///
    /// - Throws: `ServingError.notFound` or `gone`.
    public func job(_ id: String, for asker: Asker) throws -> Job {
        try store.job(id, for: asker)
    }

    /// Its place in the queue, and when it should begin; nil where it does not wait.
    public func place(_ job: Job) throws -> QueuePlace? {
        guard let place = try store.place(job) else { return nil }
        return QueuePlace(position: place.position, seconds: place.seconds + hub.left)
    }

    /// What is being painted, then what waits, in order and with its places.
    public func queue(for asker: Asker) throws -> [(job: Job, place: QueuePlace?)] {
        let left = hub.left
        return try store.active(for: asker).map { job, place in
            (job, place.map { QueuePlace(position: $0.position, seconds: $0.seconds + left) })
        }
    }

    /// The newest jobs of all kinds.
    public func newest(_ limit: Int = 100, for asker: Asker) throws -> [Job] {
        try store.newest(limit, for: asker)
    }

    /// Ends a job.
    ///
    /// - Throws: `ServingError.finished`, `notFound` or `gone`.
    public func cancel(_ id: String, for asker: Asker) async throws -> Job {
        _ = try store.cancel(id, at: now(), for: asker)
        hub.wake()
        await dispatcher.cancel(id)
        return try store.job(id)
    }

    /// Puts a waiting job before another, or at the end.
    public func move(_ id: String, before other: String?, for asker: Asker) throws {
        try store.move(id, before: other, at: now(), for: asker)
        hub.wake()
    }

    /// Whether jobs wait until somebody says otherwise.
    public func isPaused() throws -> Bool { try store.isPaused() }

    /// Pauses the queue, or goes on.
    public func setPaused(_ isPaused: Bool) throws {
        try store.setPaused(isPaused, at: now())
        hub.wake()
        dispatcher.wake()
    }

    // MARK: History

    /// Jobs that are done, the newest first; see ``JobStore/history(_:before:limit:for:)``.
    public func history(
        _ search: String, before: Int64?, limit: Int, for asker: Asker
    ) throws -> [Job] {
        try store.history(search, before: before, limit: limit, for: asker)
    }

    /// Takes a job out of the history, or brings it back within ``JobStore/undoTime``.
    public func setDeleted(_ isDeleted: Bool, _ id: String, for asker: Asker) throws -> Job {
        defer { hub.wake() }
        return try store.setDeleted(isDeleted, id, at: now(), for: asker)
    }

    /// Takes a fleeting job into the history.
    public func keep(_ id: String, for asker: Asker) throws -> Job {
        try store.keep(id, for: asker)
    }

    // MARK: What is known

    /// Seconds of one picture of each model.
    public func paces() throws -> [String: Double] { try store.paces() }

    /// How many jobs are in each state.
    public func counts() throws -> [Job.Status: Int] { try store.counts() }

    /// The models that are loaded.
    public var warmModels: [String] { get async { await dispatcher.warmModels } }

    /// How many watch events.
    public var watchers: Int { hub.watchers }

    /// Bytes that this process holds.
    public var residentBytes: Int { Memory.resident ?? 0 }

    private func sweep() async throws {
        for hash in try store.sweep(retention, at: now()) { try forget(hash) }
        try store.sweepPreviews()
        while try shelf.size() + explanations.size() > retention.bytes,
            let hashes = try store.forgetOldest()
        {
            for hash in hashes { try forget(hash) }
        }
    }

    private func forget(_ hash: String) throws {
        try shelf.remove(hash)
        try explanations.remove(hash)
    }
}
