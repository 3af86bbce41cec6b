import Pinxit
import PinxitFiles

/// What a batch or a plot has finished: JSON, a line a picture, in a file that only grows, beside
/// the pictures. A run that was killed goes on from it.
final class PictureLedger {
    /// Where the pictures are.
    let folder: String
    private let log: AppendingFile
    private let lock: FileLock
    private var seeds: [String: UInt32] = [:]
    private var files: [Place: String] = [:]

    private struct Place: Hashable {
        let key: String
        let picture: Int
    }

    /// - Throws: `FileError` where it cannot be written; `UsageError` where another run writes it.
    init(folder: String, name: String) throws {
        self.folder = folder
        try makeFolder(folder)
        let path = folder.path(name)
        guard let lock = try FileLock(path + ".lock") else {
            throw UsageError(
                "\(path): another run writes it\(FileLock.holder(of: path + ".lock")); "
                    + "one at a time is accepted")
        }
        self.lock = lock
        var isWhole = true
        if fileExists(path) {
            let bytes = try readFile(path, limit: 1 << 30)
            isWhole = bytes.last.map { $0 == 10 } ?? true
            for line in bytes.split(separator: 10) { Self.read(line, &seeds, &files) }
        }
        log = try AppendingFile(path: path)
        // A run that was killed may have left half a line.
        if !isWhole { try log.append("\n") }
    }

    /// A line that is no whole row says nothing.
    private static func read(
        _ line: ArraySlice<UInt8>, _ seeds: inout [String: UInt32], _ files: inout [Place: String]
    ) {
        let row = try? Array(line).withUnsafeBufferPointer { bytes throws(JSONSyntaxError) in
            try JSONValue(parsing: UnsafeRawBufferPointer(bytes))
        }
        guard let row, case .string(let key)? = row["key"] else { return }
        if case .integer(let seed)? = row["seed"], row["picture"] == nil {
            seeds[key] = UInt32(truncatingIfNeeded: seed)
        }
        if case .integer(let picture)? = row["picture"], case .string(let file)? = row["file"] {
            files[Place(key: key, picture: picture)] = file
        }
    }

    /// The seed a job began with, which is kept where chance chose it.
    func seed(of key: String, asked: UInt32?) throws -> UInt32 {
        if let seed = asked ?? seeds[key] { return seed }
        let seed = UInt32.random(in: 0...UInt32.max)
        seeds[key] = seed
        try append([JSONMember("key", .string(key)), JSONMember("seed", .integer(Int(seed)))])
        return seed
    }

    /// The path of a finished picture that is still there.
    func path(of key: String, picture: Int) -> String? {
        guard let file = files[Place(key: key, picture: picture)] else { return nil }
        let path = folder.path(file)
        return fileExists(path) ? path : nil
    }

    /// A name that belongs to no finished picture but this one.
    func name(for key: String, picture: Int, wanted: (_ attempt: Int) -> String) -> String {
        let place = Place(key: key, picture: picture)
        let taken = Set(files.filter { $0.key != place }.values)
        var attempt = 1
        while taken.contains(wanted(attempt)) { attempt += 1 }
        return wanted(attempt)
    }

    /// A picture is written.
    func finish(_ key: String, picture: Int, file: String, _ members: [JSONMember]) throws {
        try append(
            [
                JSONMember("key", .string(key)), JSONMember("picture", .integer(picture)),
                JSONMember("file", .string(file)),
            ] + members)
        files[Place(key: key, picture: picture)] = file
    }

    /// A job could not be painted; the next run tries again.
    func fail(_ key: String, _ problem: String, _ members: [JSONMember]) throws {
        try append(
            [JSONMember("key", .string(key)), JSONMember("error", .string(problem))] + members)
    }

    private func append(_ members: [JSONMember]) throws {
        try log.append(JSONValue.object(members).encoded(indented: false) + "\n")
    }
}
