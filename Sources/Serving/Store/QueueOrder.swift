/// The order in which waiting jobs will be begun, as ``JobStore/claim(worker:at:)`` takes them:
/// by priority, and in each the owners in turns, within each as the queue has them.
struct QueueOrder {
    /// A job that waits.
    struct Waiting {
        let number: Int64
        let owner: String
        let priority: Int64
        /// Seconds that it takes, as measured.
        let seconds: Double
    }

    /// What waits, the first to be begun first.
    let jobs: [Waiting]

    /// - Parameters:
    ///   - waiting: By priority, the highest first, then as the queue has them.
    ///   - turns: When each owner had its last turn; 0 for never.
    init(_ waiting: [Waiting], turns: [String: Int64]) {
        var turns = turns
        var latest = turns.values.max() ?? 0
        var order: [Waiting] = []
        var rest = waiting[...]
        while let priority = rest.first?.priority {
            let equals = rest.prefix { $0.priority == priority }
            rest = rest.dropFirst(equals.count)
            var queues: [String: [Waiting]] = [:]
            var owners: [String] = []
            for job in equals {
                if queues[job.owner] == nil { owners.append(job.owner) }
                queues[job.owner, default: []].append(job)
            }
            // Who never had a turn comes as its first job does; sorting keeps that order.
            owners.sort { turns[$0, default: 0] < turns[$1, default: 0] }
            var round = 0
            while !owners.isEmpty {
                for owner in owners {
                    guard let job = queues[owner]?[round] else { continue }
                    order.append(job)
                    latest += 1
                    turns[owner] = latest
                }
                round += 1
                owners.removeAll { queues[$0]?.count ?? 0 <= round }
            }
        }
        jobs = order
    }

    /// Where a job is, and the seconds that those before it take; nil where it does not wait.
    func place(_ number: Int64) -> QueuePlace? {
        var seconds = 0.0
        for (index, job) in jobs.enumerated() {
            if job.number == number { return QueuePlace(position: index + 1, seconds: seconds) }
            seconds += job.seconds
        }
        return nil
    }
}
