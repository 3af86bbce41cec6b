import PinxitFiles
import PinxitWorkers

// From the claim to the end. Every change asks for the state it starts from, so that of two who
// want the same one gets it.
extension JobStore {
    /// Says that a worker is still at a job; false if it is not its any more.
    func renew(_ job: Job, worker: String) throws -> Bool {
        let clock = database.dialect.clock
        return try change("lease_until = \(clock) + \(lease)", [], of: job, worker) { _ in }
    }

    /// Painting has begun, with this filled in.
    func began(_ job: Job, worker: String, settings: String, at time: Double) throws -> Bool {
        try change("settings = ?", [settings], of: job, worker) {
            try $0.tell(
                .started, job.id,
                ["settings": (try? JSONValue(parsing: settings)) ?? .null], at: time)
        }
    }

    /// Keeps a picture. One that is there already, since the job was begun once before, is told
    /// no second time.
    func add(_ picture: JobPicture, to job: Job, worker: String, at time: Double) throws -> Bool {
        try change("attempts = attempts", [], of: job, worker) { db in
            let added = try db.execute(
                """
                INSERT INTO picture (job, number, hash, seed, width, height, safety)
                VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    job.number, picture.number, picture.hash, Int64(picture.seed), picture.width,
                    picture.height, picture.safety?.json.encoded(indented: false),
                ])
            guard added > 0 else { return }
            try db.tell(
                .image, job.id,
                [
                    "number": .integer(picture.number), "hash": .string(picture.hash),
                    "seed": .integer(Int(picture.seed)), "width": .integer(picture.width),
                    "height": .integer(picture.height), "safety": picture.safety?.json ?? .null,
                ], at: time)
        }
    }

    /// All pictures are there.
    ///
    /// - Parameter pictures: So many have to be; else nothing is changed.
    /// - Returns: False where they are not, or the job is not the worker's any more.
    func finish(
        _ job: Job, worker: String, pictures: Int = 0, warnings: [String], at time: Double
    ) throws -> Bool {
        let list = JSONValue.array(warnings.map { .string($0) })
        return try change(
            "status = 'done', finished = ?, warnings = ?, worker = NULL",
            [time, list.encoded(indented: false)], of: job, worker,
            where: "(SELECT COUNT(*) FROM picture WHERE picture.job = job.number) >= \(pictures)"
        ) {
            let seconds = time - (job.started ?? time)
            try $0.tell(.done, job.id, ["seconds": .number(seconds), "warnings": list], at: time)
        }
    }

    /// It could not be painted.
    func fail(_ job: Job, worker: String, _ failure: WorkFailure, at time: Double) throws -> Bool {
        try change(
            "status = 'failed', finished = ?, error_code = ?, error_message = ?, worker = NULL",
            [time, failure.code.rawValue, failure.message], of: job, worker
        ) { try $0.tell(.failed, job.id, failure.json, at: time) }
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
            status = 'queued', worker = NULL, lease_until = NULL,
            attempts = attempts - \(counts ? 0 : 1)
            """, [], of: job, worker
        ) { try $0.tell(.queued, job.id, at: time) }
    }

    /// Changes a job if the worker has it still.
    private func change(
        _ columns: String, _ arguments: [any SQLConvertible], of job: Job, _ worker: String,
        where condition: String = "1 = 1",
        then: (any StoreConnection) throws -> Void
    ) throws -> Bool {
        try database.write { db in
            let changed = try db.execute(
                """
                UPDATE job SET \(columns)
                WHERE number = ? AND status = 'painting' AND worker = ? AND \(condition)
                """, arguments + [job.number, worker])
            guard changed > 0 else { return false }
            try then(db)
            return true
        }
    }

    /// The jobs of servers that are no more wait again. Only for who works on the tables alone.
    ///
    /// - Parameter mine: What the names of this server's workers begin with.
    /// - Returns: How many there were.
    func takeBack(notOf mine: String, at time: Double) throws -> Int {
        try database.write { db in
            let lost = try db.rows(
                """
                UPDATE job SET status = 'queued', worker = NULL, lease_until = NULL,
                    attempts = CASE WHEN attempts > 0 THEN attempts - 1 ELSE 0 END
                WHERE status = 'painting' AND substr(worker, 1, ?) <> ?
                RETURNING id
                """, [mine.count, mine])
            for row in lost { try db.tell(.queued, row["id"], at: time) }
            return lost.count
        }
    }

    /// The jobs whose workers have not said for a lease that they are at it wait again. Nobody
    /// knows whose fault that was: it counts as an attempt, and the last one ends the job.
    ///
    /// - Returns: How many there were.
    func takeBackExpired(at time: Double) throws -> Int {
        let failure = WorkFailure(
            .workerDied, "its server or worker was lost \(Self.mostAttempts) times")
        return try database.write { db in
            let isExpired = "status = 'painting' AND lease_until < \(db.dialect.clock)"
            let ended = try db.rows(
                """
                UPDATE job SET status = 'failed', finished = ?, error_code = ?, error_message = ?,
                    worker = NULL
                WHERE \(isExpired) AND attempts >= \(Self.mostAttempts) RETURNING id
                """, [time, failure.code.rawValue, failure.message])
            let lost = try db.rows(
                """
                UPDATE job SET status = 'queued', worker = NULL, lease_until = NULL
                WHERE \(isExpired) RETURNING id
                """)
            for row in ended { try db.tell(.failed, row["id"], failure.json, at: time) }
            for row in lost { try db.tell(.queued, row["id"], at: time) }
            return ended.count + lost.count
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
