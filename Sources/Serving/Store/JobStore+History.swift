import PinxitFiles

// What was painted, and what of it is kept.
extension JobStore {
    /// Seconds for which what was taken out of the history can be brought back.
    public static let undoTime = 60.0

    /// Jobs that are done, the newest first.
    ///
    /// - Parameters:
    ///   - search: Words that the prompt has, each by its beginning; empty for all.
    ///   - before: Only jobs accepted before this one's number.
    func history(
        _ search: String, before: Int64?, limit: Int, for asker: Asker = .server
    ) throws -> [Job] {
        var sql = "SELECT job.* FROM job "
        var arguments: [any SQLConvertible] = []
        if !search.isEmpty {
            guard let query = database.dialect.search(search) else { return [] }
            sql += "JOIN job_words ON job_words.rowid = job.number AND "
            sql += database.dialect.hasWords + " "
            arguments += [query]
        }
        sql += "WHERE status = 'done' AND fleeting = 0 AND deleted IS NULL "
        if let before {
            sql += "AND job.number < ? "
            arguments += [before]
        }
        let seen = asker.seen
        sql += "AND \(seen.sql) ORDER BY job.number DESC LIMIT ?"
        arguments += seen.arguments
        arguments += [limit]
        return try database.read { [sql, arguments] in try $0.jobs(sql, arguments) }
    }

    /// Takes a job out of the history, or brings it back.
    ///
    /// - Throws: `ServingError.invalid` for one that is not finished.
    func setDeleted(
        _ isDeleted: Bool, _ id: String, at time: Double, for asker: Asker = .server
    ) throws -> Job {
        try database.write { db in
            let job = try db.job(id, asker)
            guard job.status.isFinal else {
                throw ServingError.invalid(field: nil, problem: "\(id) is not finished")
            }
            if !isDeleted, let deleted = job.deleted, deleted + Self.undoTime < time {
                throw ServingError.gone(id)
            }
            try db.execute(
                "UPDATE job SET deleted = ? WHERE number = ?",
                [(isDeleted ? time : nil) as Double?, job.number])
            try db.tell(isDeleted ? .removed : .restored, id, at: time)
            return try db.job(id, asker)
        }
    }

    /// Takes a fleeting job into the history.
    func keep(_ id: String, for asker: Asker = .server) throws -> Job {
        try database.write { db in
            let job = try db.job(id, asker)
            try db.execute("UPDATE job SET fleeting = 0 WHERE number = ?", [job.number])
            return try db.job(id, asker)
        }
    }

    /// Says that a picture came from outside, so that it is kept for a while.
    func uploaded(_ hash: String, by owner: String, at time: Double) throws {
        try database.write {
            try $0.execute(
                """
                INSERT INTO upload (hash, owner, created) VALUES (?, ?, ?)
                ON CONFLICT (hash, owner) DO UPDATE SET created = excluded.created
                """, [hash, owner, time])
        }
    }

    /// Whether a picture is there for somebody: painted for it, uploaded by it, or what it gave
    /// a job to start from. Knowing the hash is not enough.
    func sees(_ hash: String, _ asker: Asker) throws -> Bool {
        if asker.seesAll { return true }
        return try database.read {
            try $0.value(
                """
                SELECT EXISTS (SELECT 1 FROM upload WHERE hash = ? AND owner = ?)
                    OR EXISTS (SELECT 1 FROM picture JOIN job ON job.number = picture.job
                        WHERE picture.hash = ? AND job.owner = ?)
                    OR EXISTS (SELECT 1 FROM given JOIN job ON job.number = given.job
                        WHERE given.hash = ? AND job.owner = ?)
                """, [hash, asker.owner, hash, asker.owner, hash, asker.owner]) ?? false
        }
    }

    /// The newest job that painted a hash; nil for uploads.
    func painted(_ hash: String, for asker: Asker = .server) throws -> Job? {
        let seen = asker.seen
        return try database.read {
            try $0.jobs(
                """
                SELECT job.* FROM job JOIN picture ON picture.job = job.number
                WHERE picture.hash = ? AND \(seen.sql) ORDER BY job.number DESC LIMIT 1
                """, [hash] + seen.arguments
            ).first
        }
    }

    /// The newest job that explains a picture.
    func explaining(_ hash: String, for asker: Asker = .server) throws -> Job? {
        let seen = asker.seen
        return try database.read {
            try $0.jobs(
                """
                SELECT * FROM job WHERE kind = 'explain' AND source = ? AND \(seen.sql)
                ORDER BY number DESC LIMIT 1
                """, [hash] + seen.arguments
            ).first
        }
    }

    // MARK: Events

    /// The number of the last event.
    func lastEvent() throws -> Int64 {
        // The newest are always kept.
        try database.read { try $0.value("SELECT MAX(number) FROM event") ?? 0 }
    }

    /// What happened after an event, in order.
    ///
    /// - Parameter job: Only what happened to it.
    func events(
        after number: Int64, job: String?, limit: Int = 500, for asker: Asker = .server
    ) throws -> [JobEvent] {
        // What has no job happened to the whole queue.
        var sql = "number > ? AND (job IS NULL OR "
        let seen = asker.seen
        sql += seen.sql + ")"
        var arguments: [any SQLConvertible] = [number] + seen.arguments
        if let job {
            sql += " AND job = ?"
            arguments += [job]
        }
        arguments += [limit]
        return try database.read { [sql, arguments] in
            try $0.rows(
                "SELECT * FROM event WHERE \(sql) ORDER BY number LIMIT ?", arguments
            ).compactMap { JobEvent($0) }
        }
    }

    /// Whether something that happened after an event is not known any more.
    func hasForgotten(after number: Int64) throws -> Bool {
        try database.read { db in
            let row = try db.row("SELECT MIN(number) AS first, MAX(number) AS last FROM event")
            let (first, last): (Int64?, Int64?) = (row?["first"], row?["last"])
            return number > last ?? 0 || number < (first ?? 1) - 1
        }
    }
}
