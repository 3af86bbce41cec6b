import PinxitFiles

/// Where a service keeps everything: a folder, which is its own, or a database that others share.
struct StorePlace: Sendable {
    let store: JobStore
    let shelf: PictureShelf
    let explanations: ExplanationShelf
    /// Of a database that others share.
    let address: String?
    private let lock: Held?

    /// A lock that is only held, and so may be held from anywhere.
    private struct Held: @unchecked Sendable {
        let lock: FileLock
    }

    /// - Throws: `FileError` where the folder is another server's, or cannot be written;
    ///   `ServingError.unavailable` where the database is not reached.
    init(_ configuration: ServingConfiguration, _ log: ServerLog = ServerLog()) throws {
        address = configuration.store
        if let address {
            let database = try PostgresDatabase(address, log: log)
            lock = nil
            store = JobStore(database, lease: configuration.lease)
            shelf = PictureShelf(PostgresStorage(database: database, shelf: "picture"))
            explanations = ExplanationShelf(
                PostgresStorage(database: database, shelf: "explanation"))
            return
        }
        let folder = configuration.folder
        try makeFolder(folder)
        let file = folder.path("server.lock")
        guard let lock = try FileLock(file) else {
            throw FileError(
                path: folder, problem: "is another server's\(FileLock.holder(of: file))",
                access: .writing)
        }
        self.lock = Held(lock: lock)
        store = JobStore(try SQLiteDatabase(folder: folder, log: log), lease: configuration.lease)
        shelf = PictureShelf(FolderStorage(folder: folder.path("pictures"), log: log))
        explanations = ExplanationShelf(
            FolderStorage(folder: folder.path("explanations"), log: log))
    }
}
