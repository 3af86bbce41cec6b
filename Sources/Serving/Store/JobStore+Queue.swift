import GRDB
import PinxitFiles
import PinxitWorkers

// From acceptance to the end. Every change asks for the state it starts from, so that of two who
// want the same one gets it.
extension JobStore {
    /// Takes a job into the queue; the same key of the same owner again gives the job that is
    /// there.
    ///
    /// - Parameters:
    ///   - id: Its name.
    ///   - limit: Jobs that may wait.
    ///   - wait: Seconds after which there should be room, given how many wait.
    /// - Throws: `ServingError.queueFull`.
    func accept(
        _ draft: JobDraft, id: String, limit: Int, at time: Double,
        wait: @Sendable (Int) -> Int
    ) throws -> Job {
        try pool.write { db in
            if let key = draft.idempotencyKey,
                let known = try Job.all(
                    db, "SELECT * FROM job WHERE owner = ? AND idempotency_key = ?",
                    [draft.owner, key]
                ).first
            {
                return known
            }
            let waiting = try Self.waiting(db)
            guard waiting < limit else {
                throw ServingError.queueFull(waiting: waiting, seconds: wait(waiting))
            }
            try db.execute(
                sql: """
                    INSERT INTO job (id, kind, "group", status, model, owner, request, prompt,
                        source, count, seed, previews, priority, place, created, fleeting,
                        idempotency_key)
                    VALUES (?, ?, ?, 'queued', ?, ?, ?, ?, ?, ?, ?, ?, ?,
                        (SELECT COALESCE(MAX(place), 0) + 1 FROM job), ?, ?, ?)
                    """,
                arguments: [
                    id, draft.kind, draft.group, draft.model, draft.owner, draft.request,
                    draft.prompt, draft.source, draft.count, Int64(draft.seed), draft.previews,
                    draft.priority, time, draft.isFleeting, draft.idempotencyKey,
                ])
            let number = db.lastInsertedRowID
            try db.execute(
                sql: "INSERT INTO job_words (rowid, words) VALUES (?, ?)",
                arguments: [number, SearchWords.stored("\(draft.prompt) \(draft.words)")])
            for hash in draft.pictures.union(draft.source.map { [$0] } ?? []) {
                try Self.give(db, hash, to: number)
            }
            try db.execute(
                sql: "INSERT OR IGNORE INTO turn (owner, last) VALUES (?, 0)",
                arguments: [draft.owner])
            try tell(db, .queued, id, at: time)
            return try Job.all(db, "SELECT * FROM job WHERE number = ?", [number])[0]
        }
    }

    static func waiting(_ db: Database) throws -> Int {
        try Int.fetchOne(db, sql: "SELECT COUNT(*) FROM job WHERE status = 'queued'") ?? 0
    }

    /// Gives a worker the job whose turn it is; nil where none waits. Owners take turns, within
    /// each the order of the queue holds.
    func claim(worker: String, at time: Double) throws -> Job? {
        try pool.write { db in
            let row = try Row.fetchOne(
                db,
                sql: """
                    UPDATE job SET status = 'painting', worker = ?, lease_until = ?, started = ?,
                        attempts = attempts + 1
                    WHERE number = (
                        SELECT (
                            SELECT number FROM job
                            WHERE status = 'queued' AND priority = best.priority
                                AND owner = t.owner
                            ORDER BY place, number LIMIT 1) AS next
                        FROM turn t,
                            (SELECT MAX(priority) AS priority FROM job WHERE status = 'queued') best
                        WHERE next IS NOT NULL
                        ORDER BY t.last, (SELECT place FROM job WHERE number = next) LIMIT 1)
                    RETURNING *
                    """, arguments: [worker, time + Self.lease, time])
            guard let row else { return nil }
            var job = Job(row)
            try db.execute(
                sql: """
                    INSERT INTO turn (owner, last)
                    VALUES (?, (SELECT COALESCE(MAX(last), 0) + 1 FROM turn))
                    ON CONFLICT (owner) DO UPDATE SET last = excluded.last
                    """, arguments: [job.owner])
            job.pictures = try Row.fetchAll(
                db, sql: "SELECT * FROM picture WHERE job = ? ORDER BY number",
                arguments: [job.number]
            ).map { JobPicture($0) }
            return job
        }
    }

    /// Says that a worker is still at a job; false if it is not its any more.
    func renew(_ job: Job, worker: String, at time: Double) throws -> Bool {
        try change(
            "UPDATE job SET lease_until = :until", of: job, worker,
            ["until": time + Self.lease]
        ) { _ in }
    }

    /// Painting has begun, with this filled in.
    func began(_ job: Job, worker: String, settings: String, at time: Double) throws -> Bool {
        try change("UPDATE job SET settings = :settings", of: job, worker, ["settings": settings]) {
            try self.tell(
                $0, .started, job.id,
                ["settings": (try? JSONValue(parsing: settings)) ?? .null], at: time)
        }
    }

    /// Keeps a picture. One that is there already, since the job was begun once before, is told
    /// no second time.
    func add(_ picture: JobPicture, to job: Job, worker: String, at time: Double) throws -> Bool {
        try change("UPDATE job SET number = number", of: job, worker, [:]) { db in
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO picture
                        (job, number, hash, seed, width, height, safety)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    job.number, picture.number, picture.hash, Int64(picture.seed), picture.width,
                    picture.height, picture.safety?.json.encoded(indented: false),
                ])
            guard db.changesCount > 0 else { return }
            try self.tell(
                db, .image, job.id,
                [
                    "number": .integer(picture.number), "hash": .string(picture.hash),
                    "seed": .integer(Int(picture.seed)), "width": .integer(picture.width),
                    "height": .integer(picture.height), "safety": picture.safety?.json ?? .null,
                ], at: time)
        }
    }

    /// All pictures are there.
    func finish(_ job: Job, worker: String, warnings: [String], at time: Double) throws -> Bool {
        let list = JSONValue.array(warnings.map { .string($0) })
        return try change(
            "UPDATE job SET status = 'done', finished = :time, warnings = :warnings, worker = NULL",
            of: job, worker, ["time": time, "warnings": list.encoded(indented: false)]
        ) {
            let seconds = time - (job.started ?? time)
            try self.tell(
                $0, .done, job.id, ["seconds": .number(seconds), "warnings": list], at: time)
        }
    }

    /// It could not be painted.
    func fail(_ job: Job, worker: String, _ failure: WorkFailure, at time: Double) throws -> Bool {
        try change(
            """
            UPDATE job SET status = 'failed', finished = :time, error_code = :code,
                error_message = :message, worker = NULL
            """, of: job, worker,
            ["time": time, "code": failure.code.rawValue, "message": failure.message]
        ) { try self.tell($0, .failed, job.id, failure.json, at: time) }
    }

    /// The worker is gone: the job waits again where it was, or is set aside if that was its last
    /// attempt.
    ///
    /// - Parameter counts: Whether it was the job's fault; being stopped with the server is not.
    func release(
        _ job: Job, worker: String, counts: Bool, _ failure: WorkFailure, at time: Double
    ) throws -> Bool {
        if counts, job.attempts >= Self.mostAttempts {
            return try fail(job, worker: worker, failure, at: time)
        }
        return try change(
            """
            UPDATE job SET status = 'queued', worker = NULL, lease_until = NULL,
                attempts = attempts - \(counts ? 0 : 1)
            """, of: job, worker, [:]
        ) { try self.tell($0, .queued, job.id, at: time) }
    }

    /// Changes a job if the worker has it still.
    private func change(
        _ sql: String, of job: Job, _ worker: String, _ arguments: StatementArguments,
        then: (Database) throws -> Void
    ) throws -> Bool {
        try pool.write { db in
            try db.execute(
                sql: sql + " WHERE number = :number AND status = 'painting' AND worker = :worker",
                arguments: arguments + ["number": job.number, "worker": worker])
            guard db.changesCount > 0 else { return false }
            try then(db)
            return true
        }
    }

    /// The jobs of servers that are no more wait again.
    ///
    /// - Parameter mine: What the names of this server's workers begin with.
    /// - Returns: How many there were.
    func takeBack(notOf mine: String, at time: Double) throws -> Int {
        try pool.write { db in
            let lost = try String.fetchAll(
                db,
                sql: """
                    UPDATE job SET status = 'queued', worker = NULL, lease_until = NULL,
                        attempts = MAX(attempts - 1, 0)
                    WHERE status = 'painting' AND substr(worker, 1, ?) <> ?
                    RETURNING id
                    """, arguments: [mine.count, mine])
            for job in lost { try tell(db, .queued, job, at: time) }
            return lost.count
        }
    }
}

extension ReportedSafety {
    /// As events and pages have it.
    public var json: JSONValue {
        [
            "flagged": .bool(isFlagged), "special": .array(special.map { .number($0) }),
            "concepts": .array(concepts.map { .number($0) }),
        ]
    }
}

extension WorkFailure {
    /// As events and pages have it.
    public var json: JSONValue {
        ["code": .string(code.rawValue), "message": .string(message)]
    }
}
