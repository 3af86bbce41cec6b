import PinxitPlatform

/// A file that appears under its name complete or not at all: written beside it under a
/// temporary name, flushed to the disk, then renamed.
///
/// A link is followed. What exists and is no regular file, such as a terminal, a pipe or
/// `/dev/null`, is never replaced but written to.
public struct AtomicFile: ~Copyable {
    private let path: String
    /// Nil where bytes go straight to what is there.
    private let temporaryPath: String?
    private let descriptor: Int32

    /// Calls `body` with a file open for writing and puts it in place when `body` returns.
    /// - Throws: `FileError` when it cannot be written; what `body` throws. The previous file of
    ///   that name then stays as it was.
    public static func write(
        to path: String, _ body: (borrowing AtomicFile) throws -> Void
    ) throws {
        let file = try AtomicFile(OutputPlace(path), path: path)
        try file.filled(by: body) { try $0.replace() }
    }

    /// The same without replacing anything: the file gets the first name that nothing has, also
    /// where other programs look for one at the same time.
    ///
    /// - Parameter name: The paths to try, by their number from 1, all of one folder; no two may
    ///   be equal.
    /// - Returns: The path that the file has got.
    public static func create(
        _ name: (_ attempt: Int) -> String, _ body: (borrowing AtomicFile) throws -> Void
    ) throws -> String {
        let first = name(1)
        let file = try AtomicFile(.file(first), path: first, replaces: false)
        return try file.filled(by: body) { file in
            var attempt = 1
            while try !file.take(name(attempt)) { attempt += 1 }
            return name(attempt)
        }
    }

    /// Writes `text` as UTF-8.
    public static func write(_ text: String, to path: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            try write(to: path) { try $0.append(UnsafeRawBufferPointer(bytes)) }
        }
    }

    private init(_ place: OutputPlace, path: String, replaces: Bool = true) throws(FileError) {
        switch place {
        case .open(let descriptor):
            (self.path, self.descriptor, temporaryPath) = (path, descriptor, nil)
        case .file(let target):
            self.path = target
            let file = try Self.temporary(for: target, replaces: replaces)
            (temporaryPath, descriptor) = (file.path, file.descriptor)
        }
    }

    /// A new file beside another, held while it is written: what nobody holds is of the dead.
    private static func temporary(
        for path: String, replaces: Bool
    ) throws(FileError) -> (path: String, descriptor: Int32) {
        Unfinished.hold()
        defer { Unfinished.letGo() }
        while true {
            let temporary = temporaryName(for: path)
            let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard file >= 0 else { throw .unwritable(path) }
            _ = flock(file, LOCK_EX | LOCK_NB)
            var status = stat()
            // What is replaced keeps its mode: what was private stays so.
            if replaces, stat(path, &status) == 0 { _ = fchmod(file, status.st_mode & 0o777) }
            // One that was taken for a dead one's before it was held is made again.
            guard fstat(file, &status) == 0, status.st_nlink == 0 else {
                Unfinished.begin(temporary)
                return (temporary, file)
            }
            close(file)
        }
    }

    /// Removes files that processes which are no more left half written in a folder.
    ///
    /// - Parameter targets: The names of what they were to become, in folders where others may have
    ///   files that end alike; nil is any.
    public static func removeDead(in folder: String, of targets: Set<String>? = nil) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard isTemporary(name, of: targets) else { continue }
            let file = open(folder.path(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
            guard file >= 0 else { continue }
            var status = stat()
            if fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
                flock(file, LOCK_EX | LOCK_NB) == 0
            {
                unlink(folder.path(name))
            }
            close(file)
        }
    }

    deinit { close(descriptor) }

    /// Appends bytes.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
        try writeAll(bytes, to: descriptor, path: path)
    }

    /// Fills the file and puts it in place; on any error nothing of it stays.
    private borrowing func filled<Result>(
        by body: (borrowing AtomicFile) throws -> Void,
        then finish: (borrowing AtomicFile) throws -> Result
    ) throws -> Result {
        do {
            try body(self)
            guard let temporaryPath else { return try finish(self) }
            guard fsync(descriptor) == 0 else { throw FileError.unwritable(path) }
            Unfinished.hold()
            defer { Unfinished.letGo() }
            let result = try finish(self)
            Unfinished.finish(temporaryPath)
            return result
        } catch {
            if let temporaryPath {
                unlink(temporaryPath)
                Unfinished.finish(temporaryPath)
            }
            throw error
        }
    }

    private borrowing func replace() throws(FileError) {
        guard let temporaryPath else { return }
        guard rename(temporaryPath, path) == 0 else { throw .unwritable(path) }
    }

    /// Gives the file a name, unless something has it: then the answer is false.
    private borrowing func take(_ name: String) throws(FileError) -> Bool {
        guard let temporaryPath else { return true }
        if link(temporaryPath, name) == 0 {
            unlink(temporaryPath)
            return true
        }
        if errno == EEXIST { return false }
        guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) else { throw .unwritable(name) }
        // A disk without links: the name is taken first, and the file put over what took it.
        let holder = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        if holder < 0, errno == EEXIST { return false }
        guard holder >= 0 else { throw .unwritable(name) }
        close(holder)
        guard rename(temporaryPath, name) == 0 else { throw .unwritable(name) }
        return true
    }
}

/// Writes every byte, whatever number of calls that takes.
func writeAll(
    _ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String
) throws(FileError) {
    var rest = bytes[...]
    while let start = UnsafeRawBufferPointer(rebasing: rest).baseAddress, !rest.isEmpty {
        let count = write(descriptor, start, rest.count)
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw .unwritable(path) }
        rest = rest.dropFirst(count)
    }
}
