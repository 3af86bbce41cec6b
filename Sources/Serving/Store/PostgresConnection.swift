import CPinxitPostgreSQL
import FoundationEssentials
import PinxitPlatform

/// A connection to a PostgreSQL server, for one thread at a time, as its pool sees to.
final class PostgresConnection: StoreConnection, @unchecked Sendable {
    let dialect = StoreDialect.postgres
    /// Its own, as libpq has it.
    let handle: OpaquePointer
    /// Whether a transaction has begun and not ended.
    var isOpen = false
    /// Whether it leads to a server that takes no changes any more, as after a fail-over.
    private(set) var isSpent = false

    /// What an address leaves open. Whoever is gone is noticed in some seconds, at both ends.
    private static let usual = [
        ("fallback_application_name", "pinxit"), ("connect_timeout", "5"), ("keepalives", "1"),
        ("keepalives_idle", "5"), ("keepalives_interval", "2"), ("keepalives_count", "3"),
        ("tcp_user_timeout", "8000"),
    ]
    private static let settings = """
        SELECT set_config('client_encoding', 'UTF8', false),
            set_config('statement_timeout', '20s', false),
            set_config('lock_timeout', '15s', false),
            set_config('idle_in_transaction_session_timeout', '10s', false),
            set_config('tcp_keepalives_idle', '5', false),
            set_config('tcp_keepalives_interval', '2', false),
            set_config('tcp_keepalives_count', '3', false)
        """

    /// - Throws: `ServingError.unavailable` where the server is not reached, `StoreError` where
    ///   libpq is not there, `ServingError.invalid` for an address that cannot be read.
    init(_ address: String) throws {
        if let problem = pinxit_pq_load() { throw StoreError(String(cString: problem)) }
        guard Self.isReadable(address) else {
            throw ServingError.invalid(
                field: "--store",
                problem: "the address cannot be read; postgresql://user@host/database is accepted")
        }
        let options = Self.usual + [("dbname", address)]
        let words = options.flatMap { [strdup($0.0), strdup($0.1)] }
        defer { for word in words { free(word) } }
        let keywords = stride(from: 0, to: words.count, by: 2).map { UnsafePointer(words[$0]) }
        let values = stride(from: 1, to: words.count, by: 2).map { UnsafePointer(words[$0]) }
        handle = pinxit_pq_connect(keywords + [nil], values + [nil])
        guard pinxit_pq_is_connected(handle) else {
            throw ServingError.unavailable(problem)
        }
        _ = try run(Self.settings, [])
    }

    /// What libpq says of an address that it cannot read has parts of it, maybe of a password.
    private static func isReadable(_ address: String) -> Bool {
        // A database's name alone is one, too.
        address.allSatisfy { $0.isLetter || $0.isNumber || "_-.".contains($0) }
            || pinxit_pq_is_address(address)
    }

    deinit { pinxit_pq_close(handle) }

    private var problem: String {
        String(cString: pinxit_pq_error(handle)).split(whereSeparator: \.isWhitespace)
            .joined(separator: " ")
    }

    var isConnected: Bool { pinxit_pq_is_connected(handle) }

    func run(_ sql: String, _ arguments: [any SQLConvertible]) throws -> SQLAnswer {
        try run(sql, arguments, asBytes: false) { try answer($0) }
    }

    /// The bytes in the first cell of the first row.
    func bytes(_ sql: String, _ arguments: [any SQLConvertible]) throws -> Data? {
        try run(sql, arguments, asBytes: true) { result in
            guard pinxit_pq_rows(result) > 0, let start = pinxit_pq_value(result, 0, 0) else {
                return nil
            }
            return Data(bytes: start, count: Int(pinxit_pq_length(result, 0, 0)))
        }
    }

    private func run<Result>(
        _ sql: String, _ arguments: [any SQLConvertible], asBytes: Bool,
        _ read: (OpaquePointer) throws -> Result
    ) throws -> Result {
        let bound = PostgresArguments(arguments)
        defer { bound.free() }
        let result = pinxit_pq_execute(
            handle, Self.numbered(sql), Int32(arguments.count), bound.values, bound.lengths,
            bound.formats, asBytes)
        guard let result else { throw ServingError.unavailable(problem) }
        defer { pinxit_pq_clear(result) }
        guard pinxit_pq_succeeded(result) else { throw error(result) }
        return try read(result)
    }

    private func error(_ result: OpaquePointer) -> any Error {
        let state = pinxit_pq_state(result).map { String(cString: $0) } ?? ""
        if state == Self.readOnly { isSpent = true }
        return !isConnected || Self.passing.contains(where: state.hasPrefix)
            ? ServingError.unavailable(problem) : StoreError("\(problem) (\(state))")
    }

    private static let readOnly = "25006"
    /// Errors that are over in a moment: of connections, of want of something, of others in the
    /// way, of waiting too long, of a server that stops or begins.
    private static let passing = [
        "08", "53", "40", "55P03", "57014", "57P", "25P03", "25P04", readOnly,
    ]

    /// With `$1` for the first `?`, and so on. No statement here has one in a text.
    private static func numbered(_ sql: String) -> String {
        var (text, number) = ("", 0)
        for character in sql {
            if character == "?" {
                number += 1
                text += "$\(number)"
            } else {
                text.append(character)
            }
        }
        return text
    }

    private func answer(_ result: OpaquePointer) throws -> SQLAnswer {
        let columns = 0..<pinxit_pq_columns(result)
        let names = columns.map { String(cString: pinxit_pq_name(result, $0)) }
        let types = columns.map { pinxit_pq_type(result, $0) }
        let rows = (0..<pinxit_pq_rows(result)).map { row in
            SQLRow(
                names: names,
                values: columns.map { column in
                    guard !pinxit_pq_is_null(result, row, column) else { return .null }
                    let text = String(cString: pinxit_pq_value(result, row, column))
                    return Self.value(text, types[Int(column)])
                })
        }
        return SQLAnswer(rows: rows, changed: Int(String(cString: pinxit_pq_changed(result))) ?? 0)
    }

    /// By the numbers that types have in `pg_type`.
    private static func value(_ text: String, _ type: UInt32) -> SQLValue {
        switch type {
        case 16: .integer(text == "t" ? 1 : 0)
        case 20, 21, 23: Int64(text).map { .integer($0) } ?? .text(text)
        case 700, 701, 1700: Double(text).map { .real($0) } ?? .text(text)
        default: .text(text)
        }
    }
}

/// What goes wrong in a database and will not be better the next time.
struct StoreError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
