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
            munmap(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}

/// All bytes of a regular file.
/// - Throws: `FileError` when the file is missing, unreadable or larger than `limit` bytes.
public func readFile(_ path: String, limit: Int = 256 << 20) throws(FileError) -> [UInt8] {
    let file = try MappedFile(path: path)
    guard file.bytes.count <= limit else {
        throw FileError(
            path: path, problem: "holds \(file.bytes.count) bytes; at most \(limit) are accepted")
    }
    return file.withBytes { [UInt8]($0) }
}

/// Whether something exists at the path.
public func fileExists(_ path: String) -> Bool { access(path, F_OK) == 0 }

func openForReading(_ path: String) throws(FileError) -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
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
