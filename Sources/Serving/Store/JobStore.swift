import PinxitFiles

/// The jobs, their pictures and what happened to them, in a SQLite file or on a PostgreSQL server.
/// Whatever it says is accepted or done stays so, however the program ends: each change is one
/// transaction, and what tells of the change lies in the same.
public final class JobStore: Sendable {
    /// How often painting a job is begun before it is set aside.
    public static let mostAttempts = 3
    /// Seconds for which a worker has a job without saying that it is still at it.
    public static let usualLease = 30.0

    let database: any StoreDatabase
    let lease: Double
    /// Whether others work on the same tables.
    let isShared: Bool

    /// Opens the store of a folder, which is made where it is missing.
    ///
    /// - Throws: `DatabaseError`, or `FileError` for a folder that cannot be made.
    public convenience init(folder: String) throws {
        self.init(try SQLiteDatabase(folder: folder))
    }

    /// - Parameter lease: See ``usualLease``.
    init(_ database: any StoreDatabase, lease: Double = usualLease, isShared: Bool? = nil) {
        self.database = database
        self.lease = lease
        self.isShared = isShared ?? (database.dialect == .postgres)
    }

    /// Has others who work on the same tables know of something that passes.
    func announce(_ text: String) throws { try database.write { try $0.notify(text) } }
}

extension StoreConnection {
    /// Says that a job was asked for with a picture.
    func give(_ hash: String, to job: Int64) throws {
        try execute(
            "INSERT INTO given (hash, job) VALUES (?, ?) ON CONFLICT DO NOTHING", [hash, job])
    }

    /// Says what happened, in the transaction in which it does.
    func tell(
        _ kind: JobEvent.Kind, _ job: String?, _ detail: JSONValue = [:], at time: Double
    ) throws {
        try lock(.event)
        try execute(
            """
            INSERT INTO event (kind, job, owner, detail, time)
            VALUES (?, ?, (SELECT owner FROM job WHERE id = ?), ?, ?)
            """, [kind.rawValue, job, job, detail.encoded(indented: false), time])
        try notify("\(kind.rawValue) \(job ?? "")")
    }
}
