import GRDB

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
        try pool.write { db in
            let old = try Int64.fetchAll(
                db,
                sql: """
                    SELECT number FROM job
                    WHERE status NOT IN ('queued', 'painting') AND (
                        finished < :oldest OR deleted < :undone
                        OR (fleeting = 1 AND finished < :fleeting)
                        OR number <= (SELECT number FROM job
                            WHERE status NOT IN ('queued', 'painting')
                            ORDER BY number DESC LIMIT 1 OFFSET :jobs))
                    """,
                arguments: [
                    "oldest": time - retention.days * 86400, "undone": time - Self.undoTime,
                    "fleeting": time - 600, "jobs": retention.jobs,
                ])
            var hashes: [String] = []
            for number in old {
                hashes += try String.fetchAll(
                    db, sql: "SELECT hash FROM picture WHERE job = ?", arguments: [number])
                try db.execute(sql: "DELETE FROM job WHERE number = ?", arguments: [number])
                try db.execute(sql: "DELETE FROM job_words WHERE rowid = ?", arguments: [number])
            }
            hashes += try String.fetchAll(
                db, sql: "DELETE FROM upload WHERE created < ? RETURNING hash",
                arguments: [time - 86400])
            try db.execute(
                sql: """
                    DELETE FROM event WHERE number <= (
                        SELECT number FROM event ORDER BY number DESC LIMIT 1 OFFSET ?)
                    """, arguments: [retention.events])
            return try hashes.filter { try !Self.isNeeded(db, $0) }
        }
    }

    /// Whether a picture is part of a job, what one starts from, or an upload.
    private static func isNeeded(_ db: Database, _ hash: String) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT EXISTS (SELECT 1 FROM picture WHERE hash = :hash)
                    OR EXISTS (SELECT 1 FROM upload WHERE hash = :hash)
                    OR EXISTS (SELECT 1 FROM given WHERE hash = :hash)
                """, arguments: ["hash": hash]) ?? true
    }

    /// The oldest finished jobs and the hashes of their pictures, to forget by bytes.
    func forgetOldest(at time: Double) throws -> [String]? {
        let oldest = try pool.read {
            try Job.all(
                $0,
                """
                SELECT * FROM job WHERE status NOT IN ('queued', 'painting') AND deleted IS NULL
                    AND EXISTS (SELECT 1 FROM picture WHERE job = job.number)
                ORDER BY number LIMIT 1
                """
            ).first
        }
        guard let oldest else { return nil }
        return try pool.write { db in
            try db.execute(sql: "DELETE FROM job WHERE number = ?", arguments: [oldest.number])
            try db.execute(
                sql: "DELETE FROM job_words WHERE rowid = ?", arguments: [oldest.number])
            return try oldest.pictures.map(\.hash).filter { try !Self.isNeeded(db, $0) }
        }
    }
}
