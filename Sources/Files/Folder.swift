import PinxitPlatform

/// Creates a folder and those above it, where they are missing.
/// - Throws: `FileError` when one cannot be created.
public func makeFolder(_ path: String) throws(FileError) {
    var made = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/") {
        made += (made.isEmpty || made.hasSuffix("/") ? "" : "/") + part
        if mkdir(made, 0o755) == 0 { continue }
        // Looking whether it is there has an error of its own.
        let reason = systemError()
        var status = stat()
        if stat(made, &status) == 0, status.st_mode & S_IFMT == S_IFDIR { continue }
        throw FileError(
            path: made, problem: "the folder cannot be created: \(reason)", access: .writing)
    }
}

/// The bytes of a file, or nil if there is none.
public func fileSize(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
    return Int(status.st_size)
}

/// When a file was last changed, in nanoseconds since 1970; nil if there is none.
package func modificationTime(_ path: String) -> Int? {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    return Int(status.st_mtim.tv_sec) * 1_000_000_000 + Int(status.st_mtim.tv_nsec)
}

/// Removes a file.
/// - Throws: `FileError` when it cannot be removed.
package func removeFile(_ path: String) throws(FileError) {
    guard unlink(path) == 0 else {
        throw FileError(
            path: path, problem: "cannot be removed: \(systemError())", access: .writing)
    }
}
