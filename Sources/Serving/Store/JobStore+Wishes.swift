import PinxitFiles

extension Asker {
    /// The condition that what has an owner is there, and its arguments.
    var seen: (sql: String, arguments: [any SQLConvertible]) {
        seesAll ? ("1 = 1", []) : ("owner = ?", [owner])
    }
}

extension StoreConnection {
    func job(_ id: String, _ asker: Asker) throws -> Job {
        if let job = try jobs("SELECT * FROM job WHERE id = ?", [id]).first {
            guard asker.sees(job.owner) else { throw ServingError.notFound(id) }
            return job
        }
        let seen = asker.seen
        let wasThere: Bool? = try value(
            "SELECT EXISTS (SELECT 1 FROM event WHERE job = ? AND \(seen.sql))",
            [id] + seen.arguments)
        throw wasThere == true ? ServingError.gone(id) : .notFound(id)
    }
}

// What people want of jobs that are there.
extension JobStore {
    /// The job of that name.
    ///
    /// - Throws: `ServingError.notFound`; `gone` for one whose row is not kept any more.
    func job(_ id: String, for asker: Asker = .server) throws -> Job {
        try database.read { try $0.job(id, asker) }
    }

    /// Ends a job that waits or is being painted.
    ///
    /// - Returns: The job as it was.
    /// - Throws: `ServingError.finished`.
    func cancel(_ id: String, at time: Double, for asker: Asker = .server) throws -> Job {
        try database.write { db in
            let job = try db.job(id, asker)
            let changed = try db.execute(
                """
                UPDATE job SET status = 'cancelled', finished = ?, worker = NULL
                WHERE number = ? AND status IN ('queued', 'painting')
                """, [time, job.number])
            guard changed > 0 else {
                throw ServingError.finished(job: id, try db.job(id, asker).status)
            }
            try db.tell(.cancelled, id, at: time)
            return job
        }
    }

    /// The newest jobs, the newest first.
    func newest(_ limit: Int, for asker: Asker = .server) throws -> [Job] {
        let seen = asker.seen
        return try database.read {
            try $0.jobs(
                "SELECT * FROM job WHERE \(seen.sql) ORDER BY number DESC LIMIT ?",
                seen.arguments + [limit])
        }
    }

    /// How many jobs are in each state.
    func counts() throws -> [Job.Status: Int] {
        try database.read { db in
            var counts: [Job.Status: Int] = [:]
            for row in try db.rows("SELECT status, COUNT(*) AS count FROM job GROUP BY status") {
                if let status = Job.Status(rawValue: row["status"]) {
                    counts[status] = row["count"]
                }
            }
            return counts
        }
    }

    // MARK: What outlives the server

    /// A setting, such as whether the queue is paused.
    func setting(_ name: String) throws -> String? {
        try database.read { try $0.value("SELECT value FROM setting WHERE name = ?", [name]) }
    }

    /// Random text that stays the same, for all who work on the same tables.
    func salt(_ name: String = "audit.salt") throws -> String {
        let salt = (0..<4).map { _ in "\(UInt64.random(in: 0...UInt64.max))" }.joined()
        return try database.write { db in
            try db.execute(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [name, salt])
            return try db.value("SELECT value FROM setting WHERE name = ?", [name]) ?? salt
        }
    }

    func set(_ name: String, _ value: String) throws {
        try database.write { try Self.set($0, name, value) }
    }

    private static func set(_ db: any StoreConnection, _ name: String, _ value: String) throws {
        try db.execute(
            """
            INSERT INTO setting (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """, [name, value])
    }

    /// Whether jobs wait until somebody says otherwise.
    func isPaused() throws -> Bool { try setting("paused") == "1" }

    func setPaused(_ isPaused: Bool, at time: Double) throws {
        try database.write { db in
            try Self.set(db, "paused", isPaused ? "1" : "0")
            try db.tell(.paused, nil, ["paused": .bool(isPaused)], at: time)
        }
    }

    /// Writes when somebody last looked whether the store can be written to.
    func note(at time: Double) throws {
        try database.write { try Self.set($0, "looked", "\(time)") }
    }

    /// Seconds of one picture of each model, as they were measured.
    func paces() throws -> [String: Double] {
        try database.read { db in
            var paces: [String: Double] = [:]
            for row in try db.rows("SELECT * FROM pace") { paces[row["model"]] = row["seconds"] }
            return paces
        }
    }

    /// Takes a new measure half for half with what was known.
    func measured(_ seconds: Double, of model: String) throws {
        try database.write { db in
            try db.execute(
                """
                INSERT INTO pace (model, seconds) VALUES (?, ?) ON CONFLICT (model)
                DO UPDATE SET seconds = (pace.seconds + excluded.seconds) / 2
                """, [model, seconds])
        }
    }
}
