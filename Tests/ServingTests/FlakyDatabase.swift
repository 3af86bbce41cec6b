import Synchronization

@testable import PinxitServing

/// A database that is not reached at times.
final class FlakyDatabase: StoreDatabase {
    let dialect = StoreDialect.sqlite
    private let database: SQLiteDatabase
    private let state = Mutex((reads: 0, isLost: false))
    private let lost: Set<Int>
    private let goesWithPicture: Bool

    /// - Parameters:
    ///   - lost: The reads at which it is not reached, from 1.
    ///   - goesWithPicture: Whether it is not reached any more once it has a picture.
    init(folder: String, lost: Set<Int> = [], goesWithPicture: Bool = false) throws {
        database = try SQLiteDatabase(folder: folder)
        (self.lost, self.goesWithPicture) = (lost, goesWithPicture)
    }

    /// Whether it is not reached at all.
    var isLost: Bool {
        get { state.withLock { $0.isLost } }
        set { state.withLock { $0.isLost = newValue } }
    }

    func read<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        let state = state.withLock { state in
            state.reads += 1
            return state
        }
        if state.isLost || lost.contains(state.reads) { throw ServingError.unavailable("lost") }
        return try database.read(body)
    }

    @discardableResult
    func write<Result>(_ body: (any StoreConnection) throws -> Result) throws -> Result {
        if isLost { throw ServingError.unavailable("lost") }
        return try database.write { connection in
            let result = try body(connection)
            let pictures: Int? = try connection.value("SELECT COUNT(*) FROM picture")
            if goesWithPicture, pictures != 0 { isLost = true }
            return result
        }
    }
}
