import GRDB
import PinxitFiles

extension Asker {
    /// The condition that what has an owner is there, and its arguments.
    var seen: (sql: String, arguments: StatementArguments) {
        seesAll ? ("1 = 1", []) : ("owner = ?", [owner])
    }
}

// What people want of jobs that are there.
extension JobStore {
    /// The job of that name.
    ///
    /// - Throws: `ServingError.notFound`; `gone` for one whose row is not kept any more.
    func job(_ id: String, for asker: Asker = .server) throws -> Job {
        try pool.read { try Self.job($0, id, asker) }
    }

    static func job(_ db: Database, _ id: String, _ asker: Asker) throws -> Job {
        if let job = try Job.all(db, "SELECT * FROM job WHERE id = ?", [id]).first {
            guard asker.sees(job.owner) else { throw ServingError.notFound(id) }
            return job
        }
        let seen = asker.seen
        let wasThere = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM event WHERE job = ? AND \(seen.sql))",
            arguments: [id] + seen.arguments)
        throw wasThere == true ? ServingError.gone(id) : .notFound(id)
    }

    /// Ends a job that waits or is being painted.
    ///
    /// - Returns: The job as it was.
    /// - Throws: `ServingError.finished`.
    func cancel(_ id: String, at time: Double, for asker: Asker = .server) throws -> Job {
        try pool.write { db in
            let job = try Self.job(db, id, asker)
            guard !job.status.isFinal else { throw ServingError.finished(job: id, job.status) }
            try db.execute(
                sql: """
                    UPDATE job SET status = 'cancelled', finished = ?, worker = NULL
                    WHERE number = ?
                    """, arguments: [time, job.number])
            try tell(db, .cancelled, id, at: time)
            return job
        }
    }

    /// Puts a waiting job before another, or at the end. Only what the asker sees changes places.
    ///
    /// - Throws: `ServingError.finished` where either does not wait.
    func move(
        _ id: String, before other: String?, at time: Double, for asker: Asker = .server
    ) throws {
        try pool.write { db in
            func waiting(_ id: String) throws -> Job {
                let job = try Self.job(db, id, asker)
                guard job.status == .queued else {
                    throw ServingError.finished(job: id, job.status)
                }
                return job
            }
            let job = try waiting(id)
            let target = try other.map { try waiting($0) }
            let seen = asker.seen
            let places = try Row.fetchAll(
                db,
                sql: """
                    SELECT number, priority, place FROM job WHERE status = 'queued' AND \(seen.sql)
                    ORDER BY priority DESC, place, number
                    """, arguments: seen.arguments)
            var order = places.map { $0["number"] as Int64 }
            order.removeAll { $0 == job.number }
            let index = target.flatMap { target in order.firstIndex { $0 == target.number } }
            order.insert(job.number, at: index ?? order.count)
            for (number, place) in zip(order, places) where number != place["number"] as Int64 {
                try db.execute(
                    sql: "UPDATE job SET place = ?, priority = ? WHERE number = ?",
                    arguments: [place["place"] as Double, place["priority"] as Int64, number])
            }
            try tell(db, .moved, nil, at: time)
        }
    }

    /// What is being painted, then what waits, in the order in which it will be begun.
    func active(for asker: Asker = .server) throws -> [(job: Job, place: QueuePlace?)] {
        try pool.read { db in
            let seen = asker.seen
            let painting = try Job.all(
                db, "SELECT * FROM job WHERE status = 'painting' AND \(seen.sql) ORDER BY started",
                seen.arguments)
            let queued = try Job.all(
                db, "SELECT * FROM job WHERE status = 'queued' AND \(seen.sql)", seen.arguments)
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

    private static func order(_ db: Database) throws -> QueueOrder {
        let waiting = try Row.fetchAll(
            db,
            sql: """
                SELECT number, owner, priority, count * COALESCE(seconds, 0) AS seconds
                FROM job LEFT JOIN pace ON pace.model = job.model
                WHERE status = 'queued' ORDER BY priority DESC, place, number
                """)
        var turns: [String: Int64] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT owner, last FROM turn") {
            turns[row["owner"]] = row["last"]
        }
        return QueueOrder(
            waiting.map {
                QueueOrder.Waiting(
                    number: $0["number"], owner: $0["owner"], priority: $0["priority"],
                    seconds: $0["seconds"])
            }, turns: turns)
    }

    /// The newest jobs, the newest first.
    func newest(_ limit: Int, for asker: Asker = .server) throws -> [Job] {
        let seen = asker.seen
        return try pool.read {
            try Job.all(
                $0, "SELECT * FROM job WHERE \(seen.sql) ORDER BY number DESC LIMIT ?",
                seen.arguments + [limit])
        }
    }

    /// A waiting job's place from 1, and the seconds that those before it take as measured; nil
    /// where it does not wait.
    func place(_ job: Job) throws -> QueuePlace? {
        guard job.status == .queued else { return nil }
        return try pool.read { db in
            // Where all are one owner's, nobody takes turns: those before it are counted.
            let isShared = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM job WHERE status = 'queued' AND owner <> ?)",
                arguments: [job.owner])
            guard isShared == false else { return try Self.order(db).place(job.number) }
            let row = try Row.fetchOne(
                db,
                sql: """
                    SELECT COUNT(*) + 1 AS position,
                        COALESCE(SUM(b.count * COALESCE(p.seconds, 0)), 0) AS seconds
                    FROM job a JOIN job b ON b.status = 'queued'
                        AND (b.priority > a.priority OR (b.priority = a.priority
                            AND (b.place < a.place OR (b.place = a.place AND b.number < a.number))))
                    LEFT JOIN pace p ON p.model = b.model
                    WHERE a.number = ? AND a.status = 'queued'
                    """, arguments: [job.number])
            // It may have been begun meanwhile.
            let waits = try Bool.fetchOne(
                db, sql: "SELECT status = 'queued' FROM job WHERE number = ?",
                arguments: [job.number])
            guard let row, waits == true else { return nil }
            return QueuePlace(position: row["position"], seconds: row["seconds"])
        }
    }

    /// How many jobs are in each state.
    func counts() throws -> [Job.Status: Int] {
        try pool.read { db in
            var counts: [Job.Status: Int] = [:]
            for row in try Row.fetchAll(
                db, sql: "SELECT status, COUNT(*) AS count FROM job GROUP BY status")
            {
                if let status = Job.Status(rawValue: row["status"]) {
                    counts[status] = row["count"]
                }
            }
            return counts
        }
    }

    /// A setting that outlives the server, such as whether the queue is paused.
    func setting(_ name: String) throws -> String? {
        try pool.read {
            try String.fetchOne(
                $0, sql: "SELECT value FROM setting WHERE name = ?", arguments: [name])
        }
    }

    /// Random text that stays the same.
    func salt() throws -> String {
        let salt = (0..<4).map { _ in "\(UInt64.random(in: 0...UInt64.max))" }.joined()
        return try pool.write { db in
            try db.execute(
                sql:
                    "INSERT INTO setting (name, value) VALUES ('audit.salt', ?) ON CONFLICT DO NOTHING",
                arguments: [salt])
            return try String.fetchOne(
                db, sql: "SELECT value FROM setting WHERE name = 'audit.salt'") ?? salt
        }
    }

    func set(_ name: String, _ value: String) throws {
        try pool.write {
            try $0.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES (?, ?)",
                arguments: [name, value])
        }
    }

    /// Whether the queue is paused from now on.
    func setPaused(_ isPaused: Bool, at time: Double) throws {
        try pool.write { db in
            try db.execute(
                sql: "INSERT OR REPLACE INTO setting (name, value) VALUES ('paused', ?)",
                arguments: [isPaused ? "1" : "0"])
            try tell(db, .paused, nil, ["paused": .bool(isPaused)], at: time)
        }
    }

    /// Seconds of one picture of each model, as they were measured.
    func paces() throws -> [String: Double] {
        try pool.read { db in
            var paces: [String: Double] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM pace") {
                paces[row["model"]] = row["seconds"]
            }
            return paces
        }
    }

    /// Takes a new measure half for half with what was known.
    func measured(_ seconds: Double, of model: String) throws {
        try pool.write { db in
            try db.execute(
                sql: """
                    INSERT INTO pace (model, seconds) VALUES (?, ?)
                    ON CONFLICT (model) DO UPDATE SET seconds = (seconds + excluded.seconds) / 2
                    """, arguments: [model, seconds])
        }
    }
}
