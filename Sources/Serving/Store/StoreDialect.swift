/// What databases say each in its own way.
enum StoreDialect: Sendable {
    case sqlite, postgres

    /// What only one at a time does, where others work on the same tables.
    enum Lock: Int {
        /// Accepts and moves jobs: how many wait, and in which order, stays so meanwhile.
        case queue = 1
        /// Claims one: owners take turns also where many claim at once.
        case claim
        /// Tells of something: events have the order in which they are seen.
        case event
    }

    /// Seconds since 1970 by the database's clock, by which leases run: those of the machines may
    /// differ.
    var clock: String {
        switch self {
        case .sqlite: "((julianday('now') - 2440587.5) * 86400.0)"
        case .postgres: "CAST(extract(epoch FROM clock_timestamp()) AS double precision)"
        }
    }

    /// The name under which PostgreSQL tells of what happens in the tables of this schema, of at
    /// most 63 bytes as it takes them. Schemas of the same hash only wake one another.
    static let channel = "'pinxit ' || hashtext(current_schema())"

    /// The condition that a job's words have what is searched for.
    var hasWords: String {
        switch self {
        case .sqlite: "job_words MATCH ?"
        case .postgres: "job_words.words @@ CAST(\(Self.plain) AS tsquery)"
        }
    }

    /// What is kept of a job's words.
    var words: String {
        switch self {
        case .sqlite: "?"
        case .postgres: "CAST(\(Self.plain) AS tsvector)"
        }
    }

    /// Letters without their marks, as SQLite's index has them.
    private static let plain =
        #"regexp_replace(normalize(CAST(? AS text), NFD), '[\u0300-\u036F]', '', 'g')"#

    /// What is searched for; nil for a search without words.
    func search(_ text: String) -> String? {
        switch self {
        case .sqlite: SearchWords.query(text)
        case .postgres: SearchWords.lexemeQuery(text)
        }
    }

    /// A job's words as they are kept.
    func stored(_ text: String) -> String {
        switch self {
        case .sqlite: SearchWords.stored(text)
        case .postgres: SearchWords.lexemes(text)
        }
    }

    /// The waiting job whose turn it is: of the highest priority, of the owner who had none for
    /// longest, the first of the queue.
    ///
    /// - Parameter models: A condition on the jobs' models.
    func next(_ models: String) -> String {
        switch self {
        case .sqlite:
            // Whose turn it is, is found without a look at all that waits.
            """
            SELECT (
                SELECT number FROM job
                WHERE status = 'queued' AND priority = best.priority AND owner = t.owner
                    AND \(models)
                ORDER BY place, number LIMIT 1) AS next
            FROM turn t, (SELECT MAX(priority) AS priority FROM job
                WHERE status = 'queued' AND \(models)) best
            WHERE next IS NOT NULL
            ORDER BY t.last, (SELECT place FROM job WHERE number = next) LIMIT 1
            """
        case .postgres:
            """
            SELECT job.number FROM job JOIN turn ON turn.owner = job.owner
            WHERE status = 'queued' AND \(models)
            ORDER BY priority DESC, turn.last, place, job.number
            LIMIT 1 FOR UPDATE OF job SKIP LOCKED
            """
        }
    }
}

extension StoreConnection {
    /// Has nobody else do the same until the transaction ends. In SQLite there is only one writer.
    func lock(_ lock: StoreDialect.Lock) throws {
        guard dialect == .postgres else { return }
        try execute(
            "SELECT pg_advisory_xact_lock(hashtext(current_schema()), \(lock.rawValue))")
    }

    /// Has other servers know of something once it is so.
    func notify(_ text: String) throws {
        guard dialect == .postgres else { return }
        try execute("SELECT pg_notify(\(StoreDialect.channel), ?)", [text])
    }
}
