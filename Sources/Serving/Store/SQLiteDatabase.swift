import FoundationEssentials
import GRDB
import PinxitFiles

/// Tables in a file of this machine, for one server.
struct SQLiteDatabase: StoreDatabase {
    let dialect = StoreDialect.sqlite
    private let pool: DatabasePool
    private let writing: DiskWriting

    /// Opens the file in a folder, which is made where it is missing.
    ///
    /// - Throws: `FileError` for a folder that cannot be made, and a file that is no database, of a
    ///   newer program, or not written.
    init(folder: String, log: ServerLog = ServerLog()) throws {
        try makeFolder(folder)
        writing = DiskWriting(log)
        var configuration = Configuration()
        configuration.busyMode = .timeout(10)
        configuration.foreignKeysEnabled = true
        configuration.maximumReaderCount = 4
        configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
        let path = folder.path("jobs.sqlite")
        do {
            pool = try DatabasePool(path: path, configuration: configuration)
            // What it does not know it would leave out of what it changes.
            guard try !pool.read(SQLiteSchema.migrator.hasBeenSuperseded) else {
                throw FileError(path: path, problem: "is of a newer pinxit; that one opens it")
            }
            try SQLiteSchema.migrator.migrate(pool)
        } catch let error as DatabaseError {
            throw FileError(
                path: path, problem: error.message ?? "\(error.resultCode)",
                access: DiskWriting.codes.contains(error.resultCode) ? .writing : .reading)
        }
    }

    func read<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        try pool.read { try body(SQLiteConnection(database: $0)) }
    }

    @discardableResult
    func write<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        var result: Result?
        try writing {
            try pool.write { database in
                let before = database.totalChangesCount
                result = try body(SQLiteConnection(database: database))
                return database.totalChangesCount != before
            }
        }
        guard let result else { throw StoreError("nothing was written") }
        return result
    }
}

struct SQLiteConnection: StoreConnection {
    let dialect = StoreDialect.sqlite
    let database: Database

    func run(_ sql: String, _ arguments: [any SQLConvertible]) throws -> SQLAnswer {
        let statement = try database.cachedStatement(sql: sql)
        try statement.setArguments(StatementArguments(arguments.map { Self.value($0.sqlValue) }))
        guard statement.columnCount > 0 else {
            try statement.execute()
            return SQLAnswer(changed: database.changesCount)
        }
        let names = statement.columnNames
        let rows = try Row.fetchAll(statement).map { row in
            SQLRow(names: names, values: row.databaseValues.map { Self.value($0) })
        }
        return SQLAnswer(rows: rows, changed: database.changesCount)
    }

    private static func value(_ value: SQLValue) -> DatabaseValue {
        switch value {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): bytes.databaseValue
        }
    }

    private static func value(_ value: DatabaseValue) -> SQLValue {
        switch value.storage {
        case .null: .null
        case .int64(let number): .integer(number)
        case .double(let number): .real(number)
        case .string(let text): .text(text)
        case .blob(let bytes): .bytes(bytes)
        }
    }
}
