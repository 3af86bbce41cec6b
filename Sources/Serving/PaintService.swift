import FoundationEssentials
import Pinxit
import PinxitFiles
import PinxitImages
import Synchronization

/// Takes jobs, has them painted, and keeps what was painted. Whatever door asks, it asks here.
public final class PaintService: Sendable {
    /// The models that are served.
    public let catalogue: Catalogue
    /// What is accepted.
    public let limits: Limits
    /// What is refused.
    public let policy: ContentPolicy
    let verdicts = FoundVerdicts()
    /// The pictures.
    let shelf: PictureShelf
    /// Networks that enlarge pictures.
    public let upscalers: [ServedUpscaler]
    let program: String
    /// What enlarges with them.
    let programs: ProgramQueue
    /// What the server does.
    public let log: ServerLog
    /// What became of jobs here.
    public let record: WorkRecord
    /// Who asked for what.
    public let audit: AuditLog?
    /// What sessions are signed with, by all who share the store.
    public let sessionSecret: String
    let limiter: RateLimiter?
    let explanations: ExplanationShelf
    let store: JobStore
    let hub = EventHub()
    let dispatcher: Dispatcher
    private let retention: Retention
    private let place: StorePlace
    private let listener = Mutex<PostgresListener?>(nil)
    private let stopping = Mutex(false)
    /// When the store was last looked at, and what was found.
    let looked = Mutex<(time: Double, isReached: Bool)?>(nil)
    /// Tokens that models take, as far as it was asked.
    let windows = Mutex<[String: Int]>([:])

    /// Opens the store; jobs that a server which is no more was painting wait again.
    ///
    /// - Throws: `FileError` where the folder is another server's, or cannot be written;
    ///   `ServingError.unavailable` where the database is not reached.
    public init(_ configuration: ServingConfiguration, models: [ServedModel]) throws {
        log = try configuration.log.map { try ServerLog(file: $0) } ?? ServerLog()
        record = WorkRecord(log)
        place = try StorePlace(configuration, log)
        (store, shelf, explanations) = (place.store, place.shelf, place.explanations)
        catalogue = try Catalogue(
            models, store, controls: configuration.controls,
            loraFolders: configuration.loraFolders, embeddings: configuration.embeddings)
        sessionSecret = try store.salt("session.secret")
        limits = configuration.limits
        (upscalers, program) = (configuration.upscalers, configuration.program)
        programs = ProgramQueue(limit: limits.queue)
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
                paints: configuration.paints, record: record))
    }

    /// Works until it is stopped.
    public func run() async {
        listener.withLock { $0 = place.address.map { listen($0) } }
        let sweeping = Background("sweeping", log)
        let others = Task {
            // Before somebody asks for them.
            catalogue.loras.refresh()
            await dispatcher.warmUp(catalogue.models[0])
            dispatcher.wake()
            while !Task.isCancelled {
                sweeping { try place.sweep(retention, at: now()) }
                for _ in 0..<40 {
                    try await Task.sleep(for: .seconds(15))
                    hub.wake()
                    // The disk may take something again.
                    dispatcher.wake()
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
        log.note("stopping", .info)
        await dispatcher.stop(within: seconds)
        listener.withLock { $0?.stop() }
        hub.close()
    }

    /// Whether it takes jobs.
    public var isStopping: Bool { stopping.withLock { $0 } }

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
}
