import FoundationEssentials

// Previews, where others than who paints may be asked for them. They pass: the table is not logged,
// and empty after the database fell.
extension JobStore {
    /// Seconds for which a preview is kept.
    private static let previewTime = 600.0

    func put(_ preview: Data, _ number: Int, of job: String) throws {
        try database.write { db in
            try db.execute(
                """
                INSERT INTO preview (job, number, created, bytes)
                VALUES (?, ?, \(db.dialect.clock), ?)
                ON CONFLICT (job, number)
                DO UPDATE SET created = excluded.created, bytes = excluded.bytes
                """, [job, number, preview])
        }
    }

    /// Nil where it is not kept.
    func preview(_ job: String, _ number: Int) throws -> Data? {
        guard let database = database as? PostgresDatabase else { return nil }
        return try database.bytes(
            "SELECT bytes FROM preview WHERE job = ? AND number = ?", [job, number])
    }

    func sweepPreviews() throws {
        guard isShared else { return }
        try database.write { db in
            try db.execute(
                "DELETE FROM preview WHERE created < \(db.dialect.clock) - \(Self.previewTime)")
        }
    }
}
