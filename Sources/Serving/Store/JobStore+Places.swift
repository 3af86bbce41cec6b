// The order of the queue.
extension JobStore {
    /// Puts a waiting job before another, or at the end. Only what the asker sees changes places.
    ///
    /// - Throws: `ServingError.finished` where either does not wait.
    func move(
        _ id: String, before other: String?, at time: Double, for asker: Asker = .server
    ) throws {
        try database.write { db in
            try db.lock(.queue)
            func waiting(_ id: String) throws -> Job {
                let job = try db.job(id, asker)
                guard job.status == .queued else {
                    throw ServingError.finished(job: id, job.status)
                }
                return job
            }
            let job = try waiting(id)
            let target = try other.map { try waiting($0) }
            let seen = asker.seen
            let places = try db.rows(
                """
                SELECT number, priority, place FROM job WHERE status = 'queued' AND \(seen.sql)
                ORDER BY priority DESC, place, number
                """, seen.arguments)
            var order = places.map { $0["number"] as Int64 }
            order.removeAll { $0 == job.number }
            let index = target.flatMap { target in order.firstIndex { $0 == target.number } }
            order.insert(job.number, at: index ?? order.count)
            for (number, place) in zip(order, places) where number != place["number"] as Int64 {
                try db.execute(
                    "UPDATE job SET place = ?, priority = ? WHERE number = ?",
                    [place["place"] as Double, place["priority"] as Int64, number])
            }
            try db.tell(.moved, nil, at: time)
        }
    }

    /// What is being painted, then what waits, in the order in which it will be begun.
    func active(for asker: Asker = .server) throws -> [(job: Job, place: QueuePlace?)] {
        try database.read { db in
            let seen = asker.seen
            let painting = try db.jobs(
                "SELECT * FROM job WHERE status = 'painting' AND \(seen.sql) ORDER BY started",
                seen.arguments)
            let queued = try db.jobs(
                "SELECT * FROM job WHERE status = 'queued' AND \(seen.sql)", seen.arguments)
            var jobs = Dictionary(uniqueKeysWithValues: queued.map { ($0.number, $0) })
            var seconds = 0.0
            var waiting: [(job: Job, place: QueuePlace?)] = []
            for (index, next) in try Self.order(db).jobs.enumerated() {
                if let job = jobs.removeValue(forKey: next.number) {
                    waiting.append((job, QueuePlace(position: index + 1, seconds: seconds)))
                }
                seconds += next.seconds
            }
            return painting.map { ($0, nil) } + waiting
        }
    }

    private static func order(_ db: any StoreConnection) throws -> QueueOrder {
        let waiting = try db.rows(
            """
            SELECT number, owner, priority, count * COALESCE(seconds, 0) AS seconds
            FROM job LEFT JOIN pace ON pace.model = job.model
            WHERE status = 'queued' ORDER BY priority DESC, place, number
            """)
        var turns: [String: Int64] = [:]
        for row in try db.rows("SELECT owner, last FROM turn") { turns[row["owner"]] = row["last"] }
        return QueueOrder(
            waiting.map {
                QueueOrder.Waiting(
                    number: $0["number"], owner: $0["owner"], priority: $0["priority"],
                    seconds: $0["seconds"])
            }, turns: turns)
    }

    /// A waiting job's place from 1, and the seconds that those before it take as measured; nil
    /// where it does not wait.
    func place(_ job: Job) throws -> QueuePlace? {
        guard job.status == .queued else { return nil }
        return try database.read { db in
            // Where all are one owner's, nobody takes turns: those before it are counted.
            let isShared: Bool? = try db.value(
                "SELECT EXISTS (SELECT 1 FROM job WHERE status = 'queued' AND owner <> ?)",
                [job.owner])
            guard isShared == false else { return try Self.order(db).place(job.number) }
            let row = try db.row(
                """
                SELECT COUNT(*) + 1 AS position,
                    COALESCE(SUM(b.count * COALESCE(p.seconds, 0)), 0) AS seconds
                FROM job a JOIN job b ON b.status = 'queued'
                    AND (b.priority > a.priority OR (b.priority = a.priority
                        AND (b.place < a.place OR (b.place = a.place AND b.number < a.number))))
                LEFT JOIN pace p ON p.model = b.model
                WHERE a.number = ? AND a.status = 'queued'
                """, [job.number])
            // It may have been begun meanwhile.
            let waits: Bool? = try db.value(
                "SELECT status = 'queued' FROM job WHERE number = ?", [job.number])
            guard let row, waits == true else { return nil }
            return QueuePlace(position: row["position"], seconds: row["seconds"])
        }
    }
}
