import Synchronization

/// What the policy found in jobs that are told of, by their names: lists show the same ones again
/// and again, and what a job says never changes.
final class FoundVerdicts: Sendable {
    /// Jobs that are remembered.
    private static let most = 20_000

    private let all = Mutex<[String: ContentPolicy.Verdict]>([:])

    func verdict(
        on job: String, find: () -> ContentPolicy.Verdict
    ) -> ContentPolicy.Verdict {
        if let known = all.withLock({ $0[job] }) { return known }
        let found = find()
        all.withLock { all in
            if all.count >= Self.most { all = [:] }
            all[job] = found
        }
        return found
    }
}

extension PaintService {
    /// What the content policy finds in a job's prompt.
    public func verdict(on job: Job) -> ContentPolicy.Verdict {
        verdicts.verdict(on: job.id) { policy.verdict(on: [job.prompt]) }
    }
}
