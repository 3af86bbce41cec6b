/// How much of the past is kept.
public struct Retention: Sendable {
    /// Days after which a job is forgotten.
    public var days = 365.0
    /// Finished jobs that are kept.
    public var jobs = 10_000
    /// Bytes of pictures that are kept.
    public var bytes = 10 << 30
    /// Events that are kept for those who come back.
    public var events = 10_000

    /// What is usual.
    public init() {}
}

extension JobStore {
    /// Forgets what is older than is kept, and what was taken out of the history.
    ///
    /// - Returns: The hashes of pictures that may be needed no more.
    func sweep(_ retention: Retention, at time: Double) throws -> [String] {
        try database.write { db in
            let old = try db.rows(
                """
                SELECT number FROM job
                WHERE status NOT IN ('queued', 'painting') AND (
                    finished < ? OR deleted < ? OR (fleeting = 1 AND finished < ?)
                    OR number <= (SELECT number FROM job
                        WHERE status NOT IN ('queued', 'painting')
                        ORDER BY number DESC LIMIT 1 OFFSET ?))
                """,
                [
                    time - retention.days * 86400, time - Self.undoTime, time - 600,
                    retention.jobs,
                ])
            var hashes: [String] = []
            for row in old { hashes += try Self.forget(db, row["number"]) }
            hashes += try db.rows(
                "DELETE FROM upload WHERE created < ? RETURNING hash", [time - 86400]
            ).map { $0["hash"] }
            try db.execute(
                """
                DELETE FROM event WHERE number <= (
                    SELECT number FROM event ORDER BY number DESC LIMIT 1 OFFSET ?)
                """, [retention.events])
            return try hashes.filter { try !Self.isNeeded(db, $0) }
        }
    }

    /// - Returns: The hashes of its pictures, and of those it was asked for with.
    private static func forget(_ db: any StoreConnection, _ job: Int64) throws -> [String] {
        let hashes = try db.rows(
            """
            SELECT hash FROM picture WHERE job = ? UNION SELECT hash FROM given WHERE job = ?
            """, [job, job])
        try db.execute("DELETE FROM job WHERE number = ?", [job])
        try db.execute("DELETE FROM job_words WHERE rowid = ?", [job])
        return hashes.map { $0["hash"] }
    }

    /// Whether a picture is part of a job, what one starts from, or an upload.
    private static func isNeeded(_ db: any StoreConnection, _ hash: String) throws -> Bool {
        try db.value(
            """
            SELECT EXISTS (SELECT 1 FROM picture WHERE hash = ?)
                OR EXISTS (SELECT 1 FROM upload WHERE hash = ?)
                OR EXISTS (SELECT 1 FROM given WHERE hash = ?)
            """, [hash, hash, hash]) ?? true
    }

    /// The hashes of all pictures that are part of a job, what one starts from, or uploads.
    func neededPictures() throws -> Set<String> {
        let rows = try database.read {
            try $0.rows(
                "SELECT hash FROM picture UNION SELECT hash FROM upload UNION SELECT hash FROM given"
            )
        }
        return Set(rows.map { $0["hash"] })
    }

    /// Forgets the oldest finished job that has pictures; nil where there is none.
    ///
    /// - Returns: The hashes of pictures that may be needed no more.
    func forgetOldest() throws -> [String]? {
        try database.write { db in
            let oldest: Int64? = try db.value(
                """
                SELECT number FROM job WHERE status NOT IN ('queued', 'painting')
                    AND deleted IS NULL AND EXISTS (SELECT 1 FROM picture WHERE job = job.number)
                ORDER BY number LIMIT 1
                """)
            guard let oldest else { return nil }
            return try Self.forget(db, oldest).filter { try !Self.isNeeded(db, $0) }
        }
    }
}
