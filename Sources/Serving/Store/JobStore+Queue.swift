import PinxitFiles

// Into the queue and to who paints.
extension JobStore {
    /// Takes a job into the queue; the same key of the same owner again gives the job that is
    /// there.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - limit: Jobs that may wait.
    ///   - wait: Seconds after which there should be room, where there is none.
    /// - Throws: `ServingError.queueFull`.
    func accept(
        _ draft: JobDraft, id: String, limit: Int, at time: Double, wait: Int
    ) throws -> Job {
        try database.write { db in
            try db.lock(.queue)
            if let known = try Self.known(db, draft) { return known }
            let waiting: Int =
                try db.value("SELECT COUNT(*) FROM job WHERE status = 'queued'") ?? 0
            guard waiting < limit else {
                throw ServingError.queueFull(waiting: waiting, seconds: wait)
            }
            let number = try insert(db, draft, id, at: time)
            try db.execute(
                "INSERT INTO job_words (rowid, words) VALUES (?, \(db.dialect.words))",
                [number, db.dialect.stored("\(draft.prompt) \(draft.words)")])
            for hash in draft.pictures.union(draft.source.map { [$0] } ?? []) {
                try db.give(hash, to: number)
            }
            try db.execute(
                "INSERT INTO turn (owner, last) VALUES (?, 0) ON CONFLICT DO NOTHING",
                [draft.owner])
            try db.tell(.queued, id, at: time)
            return try db.jobs("SELECT * FROM job WHERE number = ?", [number])[0]
        }
    }

    /// The job that was made of the same key; nil for a draft without one.
    func known(_ draft: JobDraft) throws -> Job? {
        guard draft.idempotencyKey != nil else { return nil }
        return try database.read { try Self.known($0, draft) }
    }

    private static func known(_ db: any StoreConnection, _ draft: JobDraft) throws -> Job? {
        guard let key = draft.idempotencyKey else { return nil }
        return try db.jobs(
            "SELECT * FROM job WHERE owner = ? AND idempotency_key = ?", [draft.owner, key]
        ).first
    }

    private func insert(
        _ db: any StoreConnection, _ draft: JobDraft, _ id: String, at time: Double
    ) throws -> Int64 {
        let number: Int64? = try db.value(
            """
            INSERT INTO job (id, kind, "group", status, model, owner, request, prompt, source,
                count, seed, previews, priority, place, created, fleeting, idempotency_key)
            VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?,
                (SELECT COALESCE(MAX(place), 0) + 1 FROM job), ?, ?, ?)
            RETURNING number
            """,
            [
                id, draft.kind, draft.group, draft.model, draft.owner, draft.request, draft.prompt,
                draft.source, draft.count, Int64(draft.seed), draft.previews, draft.priority, time,
                draft.isFleeting, draft.idempotencyKey,
            ])
        guard let number else { throw StoreError("the job has no number") }
        return number
    }

    /// Gives a worker the job whose turn it is; nil where none waits. Owners take turns, within
    /// each the order of the queue holds.
    ///
    /// - Parameter models: Those that the worker has; nil for all.
    func claim(worker: String, models: [String]? = nil, at time: Double) throws -> Job? {
        let those = models.map { $0.map { _ in "?" }.joined(separator: ", ") }
        let condition = those.map { "model IN (\($0))" } ?? "1 = 1"
        return try database.write { db in
            try db.lock(.claim)
            let next = db.dialect.next(condition)
            let times = db.dialect == .sqlite ? 2 : 1
            let arguments = (0..<times).flatMap { _ in models ?? [] }
            let row = try db.row(
                """
                UPDATE job SET status = 'painting', worker = ?,
                    lease_until = \(db.dialect.clock) + \(lease), started = ?,
                    attempts = attempts + 1
                WHERE number = (\(next)) RETURNING *
                """, [worker, time] + arguments)
            guard let row else { return nil }
            var job = Job(row)
            try db.execute(
                """
                INSERT INTO turn (owner, last)
                VALUES (?, (SELECT COALESCE(MAX(last), 0) + 1 FROM turn))
                ON CONFLICT (owner) DO UPDATE SET last = excluded.last
                """, [job.owner])
            job.pictures = try db.pictures(of: job.number)
            return job
        }
    }
}
