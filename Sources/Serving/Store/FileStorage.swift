import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// Files by a hash and a name: `png`, or `json`.
protocol FileStorage: Sendable {
    func write(_ bytes: Data, _ hash: String, _ name: String) throws
    /// Nil where it is not there.
    func read(_ hash: String, _ name: String) throws -> Data?
    func has(_ hash: String, _ name: String) throws -> Bool
    /// Removes all of a hash.
    func remove(_ hash: String) throws
    /// Removes what nothing has needed for a while and ``remove(_:)`` left.
    func sweep() throws
    /// Bytes of all.
    func size() throws -> Int
}

/// Files in folders, each of which has those whose hashes begin with the same two digits.
struct FolderStorage: FileStorage {
    let folder: String

    func write(_ bytes: Data, _ hash: String, _ name: String) throws {
        let path = path(hash, name)
        guard fileSize(path) != bytes.count else { return }
        try makeFolder(path.parentPath)
        try AtomicFile.write(to: path) { file in try bytes.withUnsafeBytes { try file.append($0) } }
    }

    func read(_ hash: String, _ name: String) throws -> Data? {
        let path = path(hash, name)
        return fileExists(path) ? Data(try readFile(path)) : nil
    }

    func has(_ hash: String, _ name: String) -> Bool { fileExists(path(hash, name)) }

    func remove(_ hash: String) {
        let part = path(hash, "").parentPath
        for name in (try? FileManager.default.contentsOfDirectory(atPath: part)) ?? []
        where name.hasPrefix(hash) {
            unlink(part.path(name))
        }
    }

    /// Nothing is ever left.
    func sweep() {}

    func size() -> Int {
        var sum = 0
        let manager = FileManager.default
        for part in (try? manager.contentsOfDirectory(atPath: folder)) ?? [] {
            for name in (try? manager.contentsOfDirectory(atPath: folder.path(part))) ?? [] {
                sum += fileSize(folder.path(part).path(name)) ?? 0
            }
        }
        return sum
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

    func sweep() throws { try remove("shelf = ?", [shelf]) }

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
