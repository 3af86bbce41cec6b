import FoundationEssentials
import PinxitPlatform
import PinxitWorkers
import Synchronization

/// Wakes those who watch when something happened. What lasts they read from the store; what does
/// not, steps and previews, is kept here, the newest of each job: a slow reader misses some and
/// never holds anybody up.
final class EventHub: Sendable {
    /// The newest of a job that does not last.
    struct Passing: Sendable {
        var owner: String
        var version: UInt64
        var step: ReportedStep
        /// Seconds until the job is done, as it looks.
        var left: Double?
        /// The number of the preview, where there is one.
        var preview: Int?
        var previewStep: ReportedStep?
        var previewVersion: UInt64 = 0
    }

    private struct State {
        var version: UInt64 = 0
        var changes: UInt64 = 0
        var passing: [String: Passing] = [:]
        var previews: [(job: String, number: Int, bytes: Data)] = []
        var previewBytes = 0
        var lastPreview = 0
        var watchers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var lastWatcher: UInt64 = 0
        var isClosed = false
    }

    /// Bytes of previews that are kept, the newest.
    private static let keptBytes = 32 << 20
    private let state = Mutex(State())
    /// Of this server, among those that share a store.
    let name = "\(getpid())-\(UInt64.random(in: 0...UInt64.max))"

    /// Says that the store has something new.
    func wake() {
        state.withLock { $0.changes += 1 }
        poke()
    }

    /// How often the store had something new: who has seen it then need not ask again.
    var changes: UInt64 { state.withLock { $0.changes } }

    /// Says that there is something new which the store does not have.
    private func poke() {
        for watcher in state.withLock({ Array($0.watchers.values) }) { watcher.yield() }
    }

    /// Ends all streams.
    func close() {
        let watchers = state.withLock { state in
            state.isClosed = true
            return Array(state.watchers.values)
        }
        for watcher in watchers { watcher.finish() }
    }

    /// A stream that yields after something happened, once for all that happened since.
    func watch() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream<Void>.makeStream(
            bufferingPolicy: .bufferingNewest(1))
        let number: UInt64? = state.withLock { state in
            guard !state.isClosed else { return nil }
            state.lastWatcher += 1
            state.watchers[state.lastWatcher] = continuation
            return state.lastWatcher
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.watchers.removeValue(forKey: number) }
        }
        continuation.yield()
        return stream
    }

    /// How many watch.
    var watchers: Int { state.withLock { $0.watchers.count } }

    func step(_ job: String, of owner: String, _ step: ReportedStep, left: Double?) {
        state.withLock { state in
            state.version += 1
            var passing =
                state.passing[job] ?? Passing(owner: owner, version: 0, step: step)
            passing.version = state.version
            passing.step = step
            passing.left = left
            state.passing[job] = passing
        }
        poke()
    }

    /// - Returns: The number of the preview.
    @discardableResult
    func preview(_ job: Job, _ step: ReportedStep, _ bytes: Data) -> Int {
        let number = state.withLock { state in
            state.lastPreview += 1
            state.previews.append((job.id, state.lastPreview, bytes))
            state.previewBytes += bytes.count
            while state.previewBytes > Self.keptBytes, state.previews.count > 1 {
                state.previewBytes -= state.previews.removeFirst().bytes.count
            }
            return state.lastPreview
        }
        preview(job.id, of: job.owner, step, number: number)
        return number
    }

    /// Says that there is a preview, here or at who paints.
    func preview(_ job: String, of owner: String, _ step: ReportedStep, number: Int) {
        state.withLock { state in
            state.version += 1
            var passing =
                state.passing[job] ?? Passing(owner: owner, version: state.version, step: step)
            passing.preview = number
            passing.previewStep = step
            passing.previewVersion = state.version
            state.passing[job] = passing
        }
        poke()
    }

    /// The job is not being painted any more; its previews stay while there is room.
    func forget(_ job: String) {
        state.withLock { $0.passing[job] = nil }
    }

    /// What others paint may be over.
    func forgetAll() { state.withLock { $0.passing = [:] } }

    /// The newest step of a job, where it is being painted.
    func passing(_ job: String) -> Passing? { state.withLock { $0.passing[job] } }

    /// Seconds until what is being painted is done, as it looks.
    var left: Double { state.withLock { $0.passing.values.compactMap(\.left).max() ?? 0 } }

    /// All jobs' newest.
    var passing: [String: Passing] { state.withLock { $0.passing } }

    /// The PNG file of a preview, where it is still kept.
    func preview(_ job: String, _ number: Int) -> Data? {
        state.withLock { state in
            state.previews.first { $0.job == job && $0.number == number }?.bytes
        }
    }
}
