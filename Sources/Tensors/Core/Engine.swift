import PinxitPlatform
import Synchronization

/// The one thread that does all tensor work.
///
/// OpenMP keeps one team of threads per calling thread, so calling oneDNN from whichever thread
/// Swift concurrency picks would multiply the teams. `Engine` is a global actor whose executor is a
/// single thread of its own:
///
///     let picture = try await Engine.run { try decoder(latents) }
@globalActor
public actor Engine {
    /// The only one: all tensor work of the process runs on its thread.
    public static let shared = Engine()
    private let executor = EngineThread()

    /// The engine's thread as Swift concurrency sees it.
    public nonisolated var unownedExecutor: UnownedSerialExecutor {
        executor.asUnownedSerialExecutor()
    }

    /// Runs tensor work on the engine's thread and returns its result.
    @Engine
    public static func run<Result: Sendable>(
        _ body: @Sendable () throws -> Result
    ) async rethrows -> Result {
        try body()
    }

    /// Whether the caller is on the engine's thread.
    public static var isCurrent: Bool { pthread_equal(pthread_self(), shared.executor.thread) != 0 }

    /// Traps anywhere else than on the engine's thread.
    static func requireCurrent() {
        precondition(
            isCurrent, "tensor work belongs on the engine's thread: wrap it in Engine.run { }")
    }
}

/// A serial executor with one thread and a deep stack.
private final class EngineThread: SerialExecutor, @unchecked Sendable {
    private var mutex = pthread_mutex_t()
    private var wake = pthread_cond_t()
    private var jobs: [UnownedJob] = []
    private(set) var thread = pthread_t()

    init() {
        pthread_mutex_init(&mutex, nil)
        pthread_cond_init(&wake, nil)
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setstacksize(&attributes, 64 << 20)
        let me = Unmanaged.passRetained(self)
        pthread_create(
            &thread, &attributes,
            { context in
                Unmanaged<EngineThread>.fromOpaque(context!).takeRetainedValue().loop()
                return nil
            }, me.toOpaque())
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        pthread_mutex_lock(&mutex)
        jobs.append(job)
        pthread_mutex_unlock(&mutex)
        pthread_cond_signal(&wake)
    }

    private func loop() {
        while true {
            pthread_mutex_lock(&mutex)
            while jobs.isEmpty { pthread_cond_wait(&wake, &mutex) }
            let ready = jobs
            jobs.removeAll(keepingCapacity: true)
            pthread_mutex_unlock(&mutex)
            for job in ready { job.runSynchronously(on: asUnownedSerialExecutor()) }
        }
    }
}
