import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// Files by a hash and a name: `png`, or `json`.
protocol FileStorage: Sendable {
    func write(_ bytes: Data, _ hash: String, _ name: String) throws
    /// Nil where it is not there.
    func read(_ hash: String, _ name: String) throws -> Data?
    func has(_ hash: String, _ name: String) throws -> Bool
    /// Removes all of a hash but what is young: somebody may be about to need it.
    func remove(_ hash: String) throws
    /// Removes what nothing has needed for an hour and ``remove(_:)`` left, or was never told of.
    ///
    /// - Parameter needed: The hashes that somebody has.
    func sweep(except needed: () throws -> Set<String>) throws
    /// Bytes of all.
    func size() throws -> Int
}

/// Files in folders, each of which has those whose hashes begin with the same two digits.
struct FolderStorage: FileStorage {
    let folder: String
    let writing: DiskWriting

    init(folder: String, log: ServerLog = ServerLog()) {
        self.folder = folder
        writing = DiskWriting(log)
    }

    func write(_ bytes: Data, _ hash: String, _ name: String) throws {
        let path = path(hash, name)
        guard fileSize(path) != bytes.count else {
            // One that is there again is needed again, whoever is about to clear it away.
            utimes(path, nil)
            return
        }
        try writing {
            try makeFolder(path.parentPath)
            try AtomicFile.write(to: path) { file in
                try bytes.withUnsafeBytes { try file.append($0) }
            }
            return true
        }
    }

    func read(_ hash: String, _ name: String) throws -> Data? {
        let path = path(hash, name)
        return fileExists(path) ? Data(try readFile(path)) : nil
    }

    func has(_ hash: String, _ name: String) -> Bool { fileExists(path(hash, name)) }

    /// Leaves what was written this minute, which is swept later.
    func remove(_ hash: String) {
        let part = path(hash, "").parentPath
        let young = Int((now() - 60) * 1e9)
        for name in (try? FileManager.default.contentsOfDirectory(atPath: part)) ?? []
        where name.hasPrefix(hash) {
            let path = part.path(name)
            if let time = modificationTime(path), time <= young { unlink(path) }
        }
    }

    /// A request that is refused, or a server that is killed, leaves what no job has.
    func sweep(except needed: () throws -> Set<String>) throws {
        let old = Int((now() - 3600) * 1e9)
        let needed = try needed()
        for (path, name) in files where !needed.contains(String(name.prefix { $0 != "." })) {
            if let time = modificationTime(path), time < old { unlink(path) }
        }
    }

    func size() -> Int { files.reduce(0) { $0 + (fileSize($1.path) ?? 0) } }

    private var files: [(path: String, name: String)] {
        let manager = FileManager.default
        func names(_ folder: String) -> [String] {
            (try? manager.contentsOfDirectory(atPath: folder)) ?? []
        }
        return names(folder).flatMap { part in
            names(folder.path(part)).map { (folder.path(part).path($0), $0) }
        }
    }

    private func path(_ hash: String, _ name: String) -> String {
        folder.path("\(hash.prefix(2))/\(hash).\(name)")
    }
}

/// Files in the database, where every server and worker has them.
struct PostgresStorage: FileStorage {
    let database: PostgresDatabase
    /// What tells this storage from others in the same table.
    let shelf: String

    func write(_ bytes: Data, _ hash: String, _ name: String) throws {
        try database.write { db in
            // One that is there again is needed again, whoever is about to clear it away.
            try db.execute(
                """
                INSERT INTO file (shelf, hash, name, size, created, bytes)
                VALUES (?, ?, ?, ?, \(db.dialect.clock), ?)
                ON CONFLICT (hash, shelf, name) DO UPDATE SET created = excluded.created
                """, [shelf, hash, name, bytes.count, bytes])
        }
    }

    func read(_ hash: String, _ name: String) throws -> Data? {
        try database.bytes(
            "SELECT bytes FROM file WHERE shelf = ? AND hash = ? AND name = ?", [shelf, hash, name])
    }

    func has(_ hash: String, _ name: String) throws -> Bool {
        try database.read {
            try $0.value(
                """
                SELECT EXISTS (SELECT 1 FROM file WHERE shelf = ? AND hash = ? AND name = ?)
                """, [shelf, hash, name])
        } ?? false
    }

    func remove(_ hash: String) throws { try remove("shelf = ? AND hash = ?", [shelf, hash]) }

    func sweep(except needed: () throws -> Set<String>) throws { try remove("shelf = ?", [shelf]) }

    /// Another server may be about to need it: only what nobody wrote for an hour is removed, and
    /// nothing that a job has.
    private func remove(_ condition: String, _ arguments: [any SQLConvertible]) throws {
        try database.write { db in
            _ = try db.execute(
                """
                DELETE FROM file WHERE \(condition) AND created < \(db.dialect.clock) - 3600
                    AND NOT EXISTS (SELECT 1 FROM picture WHERE picture.hash = file.hash)
                    AND NOT EXISTS (SELECT 1 FROM upload WHERE upload.hash = file.hash)
                    AND NOT EXISTS (SELECT 1 FROM given WHERE given.hash = file.hash)
                """, arguments)
        }
    }

    func size() throws -> Int {
        try database.read {
            try $0.value("SELECT SUM(size) FROM file WHERE shelf = ?", [shelf])
        } ?? 0
    }
}
