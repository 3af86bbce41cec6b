import Dispatch
import FoundationEssentials
import Synchronization

/// Tables on a PostgreSQL server, for as many servers and workers as ask it.
///
/// Statements block their thread, as SQLite's do. Where the server is not reached, whoever asks is
/// told so at once, and every second one tries again.
final class PostgresDatabase: StoreDatabase {
    let dialect = StoreDialect.postgres
    /// `postgresql://user@host/database`, or what else libpq takes.
    let address: String
    private let state = Mutex(State())
    private let room: DispatchSemaphore

    private struct State {
        var idle: [PostgresConnection] = []
        var brokenUntil = ContinuousClock.now
        var problem = ""
    }

    /// Connects, and brings the tables up to date.
    ///
    /// - Parameter connections: As many at once as there may be.
    /// - Throws: `ServingError.unavailable`, `StoreError`.
    init(_ address: String, connections: Int = 8) throws {
        self.address = address
        room = DispatchSemaphore(value: connections)
        try PostgresSchema.migrate(try PostgresConnection(address))
    }

    func read<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        try transaction("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", body)
    }

    @discardableResult
    func write<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        try transaction("BEGIN", body)
    }

    private func transaction<Result>(
        _ begin: String, _ body: (any StoreConnection) throws -> Result
    ) throws -> Result {
        try withConnection(begin) { connection in
            do {
                let result = try body(connection)
                try connection.execute("COMMIT")
                connection.isOpen = false
                return result
            } catch {
                if connection.isConnected, (try? connection.execute("ROLLBACK")) != nil {
                    connection.isOpen = false
                }
                throw error
            }
        }
    }

    /// The bytes in the first cell of a statement's first row.
    func bytes(_ sql: String, _ arguments: [any SQLConvertible]) throws -> Data? {
        try withConnection("SELECT 1") { connection in
            connection.isOpen = false
            return try connection.bytes(sql, arguments)
        }
    }

    /// - Parameter begin: A statement that shows whether a connection works: those that lay idle
    ///   may have been cut meanwhile.
    private func withConnection<Result>(
        _ begin: String, _ body: (PostgresConnection) throws -> Result
    ) throws -> Result {
        room.wait()
        defer { room.signal() }
        let connection = try connection(begin)
        defer {
            if connection.isConnected, !connection.isOpen, !connection.isSpent {
                state.withLock { $0.idle.append(connection) }
            }
        }
        return try body(connection)
    }

    private func connection(_ begin: String) throws -> PostgresConnection {
        while let connection = state.withLock({ $0.idle.popLast() }) {
            if (try? connection.execute(begin)) != nil {
                connection.isOpen = true
                return connection
            }
        }
        try state.withLock { state in
            guard ContinuousClock.now >= state.brokenUntil else {
                throw ServingError.unavailable(state.problem)
            }
        }
        do {
            let connection = try PostgresConnection(address)
            try connection.execute(begin)
            connection.isOpen = true
            return connection
        } catch ServingError.unavailable(let problem) {
            state.withLock { state in
                state.brokenUntil = .now + .seconds(1)
                state.problem = problem
            }
            throw ServingError.unavailable(problem)
        }
    }
}
