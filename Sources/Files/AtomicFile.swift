import PinxitPlatform

/// A file that appears under its name complete or not at all: written beside it under a
/// temporary name, flushed to the disk, then renamed.
public struct AtomicFile: ~Copyable {
    private let path: String
    private let temporaryPath: String
    private let descriptor: Int32

    /// Calls `body` with a file open for writing and puts it in place when `body` returns.
    /// - Throws: `FileError` when it cannot be written; what `body` throws. The previous file of
    ///   that name then stays as it was.
    public static func write(
        to path: String, _ body: (borrowing AtomicFile) throws -> Void
    ) throws {
        let file = try AtomicFile(path: path)
        do {
            try body(file)
            try file.commit()
        } catch {
            unlink(file.temporaryPath)
            throw error
        }
    }

    /// Writes `text` as UTF-8.
    public static func write(_ text: String, to path: String) throws {
        var text = text
        try text.withUTF8 { bytes in
            try write(to: path) { try $0.append(UnsafeRawBufferPointer(bytes)) }
        }
    }

    private init(path: String) throws(FileError) {
        self.path = path
        while true {
            let unique = UInt64.random(in: 0...UInt64.max)
            let temporary = "\(path).\(String(unique, radix: 36)).partial"
            let file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
            guard file >= 0 else {
                throw FileError(path: path, problem: "cannot be written: \(systemError())")
            }
            // Held while it is written: what nobody holds is of the dead. One that was taken for
            // that before it was held is made again.
            _ = flock(file, LOCK_EX | LOCK_NB)
            var status = stat()
            guard fstat(file, &status) == 0, status.st_nlink == 0 else {
                (temporaryPath, descriptor) = (temporary, file)
                return
            }
            close(file)
        }
    }

    /// Removes files that processes which are no more left half written in a folder.
    public static func removeDead(in folder: String) {
        guard let directory = opendir(folder) else { return }
        defer { closedir(directory) }
        while let entry = readdir(directory) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            guard name.hasSuffix(".partial") else { continue }
            let file = open(folder.path(name), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
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

    private func commit() throws(FileError) {
        guard fsync(descriptor) == 0, rename(temporaryPath, path) == 0 else {
            throw FileError(path: path, problem: "cannot be written: \(systemError())")
        }
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
        guard count > 0 else {
            throw FileError(path: path, problem: "cannot be written: \(systemError())")
        }
        rest = rest.dropFirst(count)
    }
}
