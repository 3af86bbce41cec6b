import Dispatch
import FoundationEssentials
import Synchronization

/// Tables on a PostgreSQL server, for as many servers and workers as ask it.
///
/// Statements block their thread, as SQLite's do. Where the server is not reached, whoever asks is
/// told so at once, and every second one of them tries again. It is said when it is lost and when
/// it is back.
final class PostgresDatabase: StoreDatabase {
    let dialect = StoreDialect.postgres
    /// `postgresql://user@host/database`, or what else libpq takes.
    let address: String
    private let state = Mutex(State())
    private let room: DispatchSemaphore
    private let patience: Double
    private let log: ServerLog

    private struct State {
        var idle: [PostgresConnection] = []
        /// Why the server is not reached; nil where it is.
        var problem: String?
        var nextTry = ContinuousClock.now
        var isTrying = false
    }

    /// Connects, and brings the tables up to date.
    ///
    /// - Parameters:
    ///   - connections: As many at once as there may be.
    ///   - patience: Seconds to wait for one that others have.
    /// - Throws: `ServingError.unavailable`, `StoreError`; `ServingError.invalid` for an address
    ///   that cannot be read.
    init(
        _ address: String, connections: Int = 8, patience: Double = 5, log: ServerLog = ServerLog()
    ) throws {
        self.address = address
        (self.patience, self.log) = (patience, log)
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
        guard room.wait(timeout: .now() + patience) == .success else {
            throw ServingError.unavailable("all connections are in use")
        }
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
        try beginTrying()
        do {
            let connection = try PostgresConnection(address)
            try connection.execute(begin)
            connection.isOpen = true
            endTrying(nil)
            return connection
        } catch ServingError.unavailable(let problem) {
            endTrying(problem)
            throw ServingError.unavailable(problem)
        } catch {
            state.withLock { $0.isTrying = false }
            throw error
        }
    }

    /// Where the server was not reached, one at a time tries again.
    private func beginTrying() throws {
        try state.withLock { state in
            guard let problem = state.problem else { return }
            guard !state.isTrying, ContinuousClock.now >= state.nextTry else {
                throw ServingError.unavailable(problem)
            }
            state.isTrying = true
        }
    }

    /// - Parameter problem: Why the server is not reached; nil where it is.
    private func endTrying(_ problem: String?) {
        let wasReached = state.withLock { state in
            defer {
                state.problem = problem
                state.nextTry = .now + .seconds(1)
                state.isTrying = false
            }
            return state.problem == nil
        }
        if let problem, wasReached {
            log.say(.error, "the store is not reached: \(problem)")
        } else if problem == nil, !wasReached {
            log.say(.info, "the store is reached again")
        }
    }
}
