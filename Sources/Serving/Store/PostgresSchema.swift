import FoundationEssentials

/// The tables on a PostgreSQL server. Columns are those of ``SQLiteSchema``.
enum PostgresSchema {
    /// How the tables came to be; what is released is never changed, only added to.
    static let versions = [first, second]

    /// Brings the tables up to date, once, however many begin at the same time.
    ///
    /// - Throws: `StoreError` for tables of a later version.
    static func migrate(_ connection: PostgresConnection) throws {
        let encoding: String? = try connection.value("SHOW server_encoding")
        guard encoding == "UTF8" else {
            throw StoreError("the database's encoding is \(encoding ?? "unknown"), not UTF8")
        }
        try connection.execute("BEGIN")
        do {
            try connection.execute("SELECT pg_advisory_xact_lock(hashtext(current_schema()), 0)")
            try connection.execute(
                """
                CREATE TABLE IF NOT EXISTS pinxit_version (
                    number integer PRIMARY KEY, since timestamptz NOT NULL DEFAULT now())
                """)
            let there: Int =
                try connection.value("SELECT COALESCE(MAX(number), 0) FROM pinxit_version") ?? 0
            guard there <= versions.count else {
                throw StoreError(
                    "the tables have version \(there); this program knows \(versions.count)")
            }
            for number in there..<versions.count {
                for statement in versions[number] { try connection.execute(statement) }
                try connection.execute(
                    "INSERT INTO pinxit_version (number) VALUES (?)", [number + 1])
            }
            try connection.execute("COMMIT")
        } catch {
            if connection.isConnected { try connection.execute("ROLLBACK") }
            throw error
        }
    }

    private static let second = [
        """
        CREATE UNLOGGED TABLE preview (
            job text NOT NULL, number bigint NOT NULL, created double precision NOT NULL,
            bytes bytea NOT NULL, PRIMARY KEY (job, number))
        """
    ]

    private static let first = [
        """
        CREATE TABLE job (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            id text NOT NULL UNIQUE,
            kind text NOT NULL,
            "group" text,
            status text NOT NULL,
            model text NOT NULL,
            owner text NOT NULL,
            request text NOT NULL,
            prompt text NOT NULL,
            source text,
            count bigint NOT NULL,
            seed bigint NOT NULL,
            previews bigint NOT NULL,
            priority bigint NOT NULL,
            place double precision NOT NULL,
            created double precision NOT NULL,
            started double precision,
            finished double precision,
            worker text,
            lease_until double precision,
            attempts bigint NOT NULL DEFAULT 0,
            settings text,
            warnings text NOT NULL DEFAULT '[]',
            error_code text,
            error_message text,
            fleeting bigint NOT NULL,
            deleted double precision,
            idempotency_key text)
        """,
        """
        CREATE UNIQUE INDEX job_key ON job (owner, idempotency_key)
            WHERE idempotency_key IS NOT NULL
        """,
        "CREATE INDEX job_waiting ON job (priority DESC, place, number) WHERE status = 'queued'",
        "CREATE INDEX job_painting ON job (lease_until) WHERE status = 'painting'",
        "CREATE INDEX job_place ON job (place)", "CREATE INDEX job_owner ON job (owner, number)",
        "CREATE INDEX job_finished ON job (finished)",
        "CREATE INDEX job_explaining ON job (source) WHERE kind = 'explain'",
        """
        CREATE TABLE picture (
            job bigint NOT NULL REFERENCES job (number) ON DELETE CASCADE,
            number bigint NOT NULL,
            hash text NOT NULL,
            seed bigint NOT NULL,
            width bigint NOT NULL,
            height bigint NOT NULL,
            safety text,
            PRIMARY KEY (job, number))
        """, "CREATE INDEX picture_hash ON picture (hash)",
        """
        CREATE TABLE upload (
            hash text NOT NULL, owner text NOT NULL, created double precision NOT NULL,
            PRIMARY KEY (hash, owner))
        """,
        """
        CREATE TABLE given (
            hash text NOT NULL, job bigint NOT NULL REFERENCES job (number) ON DELETE CASCADE,
            PRIMARY KEY (hash, job))
        """, "CREATE INDEX given_job ON given (job)",
        """
        CREATE TABLE event (
            number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            kind text NOT NULL,
            job text,
            owner text,
            detail text NOT NULL,
            time double precision NOT NULL)
        """, "CREATE INDEX event_job ON event (job, number)",
        "CREATE TABLE turn (owner text PRIMARY KEY, last bigint NOT NULL)",
        "CREATE TABLE pace (model text PRIMARY KEY, seconds double precision NOT NULL)",
        "CREATE TABLE setting (name text PRIMARY KEY, value text NOT NULL)",
        "CREATE TABLE job_words (rowid bigint PRIMARY KEY, words tsvector NOT NULL)",
        "CREATE INDEX job_words_words ON job_words USING gin (words)",
        """
        CREATE TABLE file (
            shelf text NOT NULL, hash text NOT NULL, name text NOT NULL,
            size bigint NOT NULL, created double precision NOT NULL, bytes bytea NOT NULL,
            PRIMARY KEY (hash, shelf, name))
        """,
        // A PNG does not get smaller.
        "ALTER TABLE file ALTER COLUMN bytes SET STORAGE EXTERNAL",
    ]
}
