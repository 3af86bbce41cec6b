import GRDB
import PinxitFiles

/// The tables in a SQLite file.
enum SQLiteSchema {
    /// How the tables came to be; what is released is never changed, only added to.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { try $0.execute(sql: first) }
        migrator.registerMigration("2") {
            try $0.execute(
                sql: "CREATE INDEX job_explaining ON job (source) WHERE kind = 'explain'")
        }
        migrator.registerMigration("3") {
            try $0.execute(sql: "ALTER TABLE picture ADD COLUMN safety TEXT")
        }
        migrator.registerMigration("4") {
            // Whose turn it is, is found without a look at all that waits.
            try $0.execute(
                sql: """
                    CREATE INDEX job_turn ON job (status, priority, owner, place, number);
                    INSERT OR IGNORE INTO turn (owner, last) SELECT DISTINCT owner, 0 FROM job;
                    """)
        }
        migrator.registerMigration("5") { db in
            try db.execute(sql: owners)
            try nameGivenPictures(db)
        }
        return migrator
    }

    /// Whose an event and an upload is, and which pictures a job was asked for with.
    private static let owners = """
        ALTER TABLE event ADD COLUMN owner TEXT;
        UPDATE event SET owner = (SELECT owner FROM job WHERE id = event.job);
        ALTER TABLE upload RENAME TO old_upload;
        CREATE TABLE upload (
            hash TEXT NOT NULL,
            owner TEXT NOT NULL,
            created REAL NOT NULL,
            PRIMARY KEY (hash, owner)
        ) WITHOUT ROWID;
        INSERT INTO upload SELECT hash, 'local', created FROM old_upload;
        DROP TABLE old_upload;
        CREATE TABLE given (
            hash TEXT NOT NULL,
            job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
            PRIMARY KEY (hash, job)
        ) WITHOUT ROWID;
        CREATE INDEX given_job ON given (job);
        """

    private static func nameGivenPictures(_ db: Database) throws {
        let connection = SQLiteConnection(database: db)
        for row in try connection.rows("SELECT number, source, request FROM job") {
            let request: String = row["request"]
            var hashes = RequestPictures.hashes((try? JSONValue(parsing: request)) ?? .null)
            if let source = row["source"] as String? { hashes.insert(source) }
            for hash in hashes { try connection.give(hash, to: row["number"]) }
        }
    }

    private static let first = """
        CREATE TABLE job (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,
            "group" TEXT,
            status TEXT NOT NULL,
            model TEXT NOT NULL,
            owner TEXT NOT NULL,
            request TEXT NOT NULL,
            prompt TEXT NOT NULL,
            source TEXT,
            count INTEGER NOT NULL,
            seed INTEGER NOT NULL,
            previews INTEGER NOT NULL,
            priority INTEGER NOT NULL,
            place REAL NOT NULL,
            created REAL NOT NULL,
            started REAL,
            finished REAL,
            worker TEXT,
            lease_until REAL,
            attempts INTEGER NOT NULL DEFAULT 0,
            settings TEXT,
            warnings TEXT NOT NULL DEFAULT '[]',
            error_code TEXT,
            error_message TEXT,
            fleeting INTEGER NOT NULL,
            deleted REAL,
            idempotency_key TEXT
        );
        CREATE UNIQUE INDEX job_key ON job (owner, idempotency_key)
            WHERE idempotency_key IS NOT NULL;
        CREATE INDEX job_waiting ON job (status, priority, place);
        CREATE INDEX job_place ON job (place);
        CREATE INDEX job_finished ON job (finished);
        CREATE TABLE picture (
            job INTEGER NOT NULL REFERENCES job (number) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            hash TEXT NOT NULL,
            seed INTEGER NOT NULL,
            width INTEGER NOT NULL,
            height INTEGER NOT NULL,
            PRIMARY KEY (job, number)
        ) WITHOUT ROWID;
        CREATE INDEX picture_hash ON picture (hash);
        CREATE TABLE upload (hash TEXT PRIMARY KEY, created REAL NOT NULL) WITHOUT ROWID;
        CREATE TABLE event (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            kind TEXT NOT NULL,
            job TEXT,
            detail TEXT NOT NULL,
            time REAL NOT NULL
        );
        CREATE INDEX event_job ON event (job);
        CREATE TABLE turn (owner TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
        CREATE TABLE pace (model TEXT PRIMARY KEY, seconds REAL NOT NULL) WITHOUT ROWID;
        CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
        CREATE VIRTUAL TABLE job_words USING fts5 (words);
        """
}
