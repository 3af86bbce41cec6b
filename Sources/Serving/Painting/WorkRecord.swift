import PinxitFiles
import PinxitWorkers
import Synchronization

/// What became of jobs since the server was started, for its log and for who counts.
public final class WorkRecord: Sendable {
    /// How the painting of a job ended.
    public enum End: String, Sendable {
        case done, failed, cancelled
        /// Its worker was lost; it waits again, unless that was its last attempt.
        case lost
    }

    /// Jobs that are counted together.
    public struct Kind: Hashable, Sendable {
        /// The model's name.
        public let model: String
        /// What it was asked for as.
        public let kind: String
        /// How it ended.
        public let end: End
        /// Why it failed; nil where it did not.
        public let reason: WorkFailure.Code?
    }

    /// Sums over jobs.
    public struct Sum: Sendable {
        /// Jobs.
        public internal(set) var jobs = 0
        /// Seconds from the acceptance to the beginning.
        public internal(set) var waited = 0.0
        /// Seconds from the beginning to the end.
        public internal(set) var seconds = 0.0
    }

    private struct State {
        var sums: [Kind: Sum] = [:]
        var loading: [String: Double] = [:]
    }

    let log: ServerLog
    private let state = Mutex(State())

    init(_ log: ServerLog) { self.log = log }

    /// Of all that ended here.
    public var sums: [Kind: Sum] { state.withLock { $0.sums } }
    /// Seconds that each model last took to load.
    public var loading: [String: Double] { state.withLock { $0.loading } }

    func loaded(_ model: String, seconds: Double) {
        state.withLock { $0.loading[model] = seconds }
        log.note(
            "model", .info,
            [JSONMember("model", .string(model)), JSONMember("seconds", .number(seconds))])
    }

    func ended(_ job: Job, _ end: End, _ reason: WorkFailure.Code? = nil) {
        let time = now()
        let started = job.started ?? time
        let kind = Kind(model: job.model, kind: job.kind, end: end, reason: reason)
        let (waited, seconds) = (max(0, started - job.created), max(0, time - started))
        state.withLock { state in
            state.sums[kind, default: Sum()].jobs += 1
            state.sums[kind]?.waited += waited
            state.sums[kind]?.seconds += seconds
        }
        log.note(
            "job", end == .done || end == .cancelled ? .info : .error,
            [
                JSONMember("job", .string(job.id)), JSONMember("end", .string(end.rawValue)),
                JSONMember("reason", reason.map { .string($0.rawValue) } ?? .null),
                JSONMember("by", .string(job.owner)), JSONMember("model", .string(job.model)),
                JSONMember("kind", .string(job.kind)), JSONMember("count", .integer(job.count)),
                JSONMember("attempt", .integer(job.attempts)),
                JSONMember("waited", .number(waited)), JSONMember("seconds", .number(seconds)),
            ])
    }
}
