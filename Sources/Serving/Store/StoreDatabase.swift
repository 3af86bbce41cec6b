import FoundationEssentials

/// Where the tables of a ``JobStore`` are. What differs between databases is here and in
/// ``StoreDialect``; every statement of the store is the same in all.
protocol StoreDatabase: Sendable {
    /// How this database says what others say in another way.
    var dialect: StoreDialect { get }

    /// Looks at what is there.
    ///
    /// - Throws: `ServingError.unavailable` where the database is not reached.
    func read<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result

    /// Changes what is there: all that `body` does or, where it throws, nothing of it.
    ///
    /// - Throws: `ServingError.unavailable` where the database is not reached.
    @discardableResult
    func write<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result
}

/// What statements are asked of, for as long as a transaction lasts.
protocol StoreConnection {
    var dialect: StoreDialect { get }

    /// Runs a statement. Each `?` stands for an argument, in order.
    ///
    /// - Returns: The rows, and how many were changed.
    func run(_ sql: String, _ arguments: [any SQLConvertible]) throws -> SQLAnswer
}

/// What a statement gave.
struct SQLAnswer {
    var rows: [SQLRow] = []
    var changed = 0
}

extension StoreConnection {
    func rows(_ sql: String, _ arguments: [any SQLConvertible] = []) throws -> [SQLRow] {
        try run(sql, arguments).rows
    }

    /// The first row.
    func row(_ sql: String, _ arguments: [any SQLConvertible] = []) throws -> SQLRow? {
        try run(sql, arguments).rows.first
    }

    /// The first cell; nil where there is no row, or nothing in it.
    func value<Value: SQLReadable>(
        _ sql: String, _ arguments: [any SQLConvertible] = []
    ) throws -> Value? {
        try row(sql, arguments).flatMap { $0.values.first }.flatMap { Value($0) }
    }

    /// - Returns: How many rows were changed.
    @discardableResult
    func execute(_ sql: String, _ arguments: [any SQLConvertible] = []) throws -> Int {
        try run(sql, arguments).changed
    }
}
