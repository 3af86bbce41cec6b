import PinxitPlatform

/// A file mapped into memory, read only and private; unmapped when the last reference goes.
///
/// Another process may still change or shorten the file while it is mapped, so a reader copies
/// whatever it checks before it relies on it.
public final class MappedFile: @unchecked Sendable {
    /// The path it was opened at.
    public let path: String
    /// The contents. Valid as long as this object lives, and Swift lets it go after its last use:
    /// keep it beside the pointer, or use `withBytes`.
    public let bytes: UnsafeRawBufferPointer

    /// - Throws: `FileError` when the file is missing, not a regular file, or cannot be mapped.
    public init(path: String) throws(FileError) {
        self.path = path
        let descriptor = try openForReading(path)
        defer { close(descriptor) }
        let size = try regularFileSize(descriptor, path: path)
        guard size > 0 else {
            bytes = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        let address = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0)
        guard let address, address != MAP_FAILED else {
            throw FileError(path: path, problem: "cannot be mapped: \(systemError())")
        }
        bytes = UnsafeRawBufferPointer(start: address, count: size)
        MappedRanges.add(bytes, path)
    }

    /// Calls `body` with the contents.
    public func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        defer { withExtendedLifetime(self) {} }
        return try body(bytes)
    }

    deinit {
        if let start = bytes.baseAddress {
            MappedRanges.remove(bytes)
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}

/// All bytes of a regular file, copied into memory: what happens to the file afterwards does not
/// matter.
/// - Throws: `FileError` when the file is missing, unreadable or larger than `limit` bytes.
public func readFile(_ path: String, limit: Int = 256 << 20) throws(FileError) -> [UInt8] {
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    let size = try regularFileSize(descriptor, path: path)
    guard size <= limit else {
        throw FileError(
            path: path, problem: "holds \(size) bytes; at most \(limit) are accepted")
    }
    return try readBytes(descriptor, size, path: path)
}

/// The first bytes of a regular file, fewer if it is shorter.
/// - Throws: `FileError` when the file is missing or unreadable.
public func readStart(of path: String, count: Int) throws(FileError) -> [UInt8] {
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    let size = try regularFileSize(descriptor, path: path)
    return try readBytes(descriptor, min(count, size), path: path)
}

/// Bytes of a regular file from somewhere in it.
/// - Throws: `FileError` when the file is missing or unreadable, or ends before.
public func readRange(_ range: Range<Int>, of path: String) throws(FileError) -> [UInt8] {
    let descriptor = try openForReading(path)
    defer { close(descriptor) }
    let size = try regularFileSize(descriptor, path: path)
    guard range.lowerBound >= 0, range.upperBound <= size,
        lseek(descriptor, off_t(range.lowerBound), SEEK_SET) >= 0
    else {
        throw FileError(
            path: path, problem: "holds \(size) bytes; those up to \(range.upperBound) are wanted")
    }
    let bytes = try readBytes(descriptor, range.count, path: path)
    guard bytes.count == range.count else {
        throw FileError(path: path, problem: "became shorter while it was read")
    }
    return bytes
}

/// As many bytes, or those up to the end of a file that has become shorter.
private func readBytes(
    _ descriptor: Int32, _ count: Int, path: String
) throws(FileError) -> [UInt8] {
    var failed = false
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
        while filled < count, let start = buffer.baseAddress {
            let some = read(descriptor, start + filled, count - filled)
            if some < 0 && errno == EINTR { continue }
            failed = some < 0
            guard some > 0 else { break }
            filled += some
        }
    }
    if failed { throw FileError(path: path, problem: "cannot be read: \(systemError())") }
    return bytes
}

/// Whether something exists at the path.
public func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func openForReading(_ path: String) throws(FileError) -> Int32 {
    // A pipe that nobody writes to would not be opened before somebody does.
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard descriptor >= 0 else {
        throw FileError(path: path, problem: "cannot be opened: \(systemError())")
    }
    return descriptor
}

func regularFileSize(_ descriptor: Int32, path: String) throws(FileError) -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else {
        throw FileError(path: path, problem: "cannot be examined: \(systemError())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
        throw FileError(path: path, problem: "is not a regular file")
    }
    return Int(status.st_size)
}
