import Dispatch
import PinxitPlatform
import Synchronization

/// Runs tasks on threads of its own, which may wait for a database: Swift's are as many as there
/// are processors, and where those wait nobody is answered.
final class WaitingExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])
    private let count = DispatchSemaphore(value: 0)

    /// - Parameter threads: More than there are connections to a database.
    init(threads: Int) {
        for _ in 0..<threads {
            var thread = pthread_t()
            pthread_create(
                &thread, nil,
                { executor in
                    guard let executor else { return nil }
                    Unmanaged<WaitingExecutor>.fromOpaque(executor).takeRetainedValue().work()
                    return nil
                }, Unmanaged.passRetained(self).toOpaque())
        }
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        count.signal()
    }

    private func work() {
        let executor = asUnownedTaskExecutor()
        while true {
            count.wait()
            jobs.withLock { $0.removeFirst() }.runSynchronously(on: executor)
        }
    }
}
