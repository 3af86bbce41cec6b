import PinxitPlatform

/// Where bytes that are to be written to a path go.
enum OutputPlace {
    /// To a file that is there or not: beside it first.
    case file(String)
    /// To a device or a pipe that is there: straight through. Whoever takes it closes it.
    case open(Int32)

    /// - Throws: `FileError` for a folder or anything else that bytes cannot be written to.
    init(_ path: String) throws(FileError) {
        if let number = descriptorNumber(path) {
            let copy = dup(number)
            guard copy >= 0 else { throw .unwritable(path) }
            self = .open(copy)
            return
        }
        switch kind(path) {
        case nil, S_IFREG: self = .file(linked(path))
        case S_IFCHR, S_IFIFO:
            let descriptor = PinxitPlatform.open(path, O_WRONLY | O_CLOEXEC)
            guard descriptor >= 0 else { throw .unwritable(path) }
            self = .open(descriptor)
        default: throw notWritable(path)
        }
    }
}

/// The longest name of a file or folder that common file systems keep, in bytes.
let longestName = 255

/// Looks whether a file could be written, without creating anything: for work that takes long and
/// is written at its end. Folders that are missing can be made.
///
/// - Parameter path: What exists there may be a regular file, a pipe or a character device.
/// - Throws: `FileError` that says what would be accepted.
public func checkWritable(_ path: String) throws(FileError) {
    if descriptorNumber(path) != nil { return }
    let path = linked(path)
    for part in path.split(separator: "/") where part.utf8.count > longestName {
        throw FileError(
            path: path,
            problem: "a name has \(part.utf8.count) bytes; at most \(longestName) are accepted",
            access: .writing)
    }
    switch kind(path) {
    case nil: break
    case S_IFREG, S_IFCHR, S_IFIFO:
        guard access(path, W_OK) == 0 else { throw .unwritable(path) }
    default: throw notWritable(path)
    }
    var folder = path.parentPath
    while !folder.isEmpty, !fileExists(folder) { folder = folder.parentPath }
    if folder.isEmpty { folder = "." }
    guard kind(folder) == S_IFDIR else {
        throw FileError(
            path: path, problem: "\(folder) is not a folder; a path below a folder is accepted",
            access: .writing)
    }
    guard kind(path) == S_IFCHR || kind(path) == S_IFIFO || access(folder, W_OK) == 0 else {
        throw FileError(
            path: path, problem: "the folder \(folder) cannot be written; choose another",
            access: .writing)
    }
}

/// Whether something other than a regular file is at the path, which is written through and never
/// replaced: a character device or a pipe.
public func isStream(_ path: String) -> Bool {
    descriptorNumber(path) != nil || [S_IFCHR, S_IFIFO].contains(kind(path))
}

/// A name for a file that is to become another, beside it.
func temporaryName(for path: String) -> String {
    let end = ".\(String(UInt64.random(in: 0...UInt64.max), radix: 36)).partial"
    return path.parentPath.path(shortened(path.lastPathPart, before: end) + end)
}

/// What of a name stands before an ending.
private func shortened(_ name: String, before end: String) -> String {
    var name = name
    while name.utf8.count + end.utf8.count > longestName { name.unicodeScalars.removeLast() }
    return name
}

/// Whether a name is a temporary one.
///
/// - Parameter targets: What it was to become; nil is anything.
func isTemporary(_ name: String, of targets: Set<String>?) -> Bool {
    let parts = name.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count > 2, parts.last == "partial" else { return false }
    let number = parts[parts.count - 2]
    guard !number.isEmpty, UInt64(number, radix: 36) != nil,
        number.allSatisfy({ !$0.isUppercase && $0 != "+" })
    else { return false }
    let own = parts.dropLast(2).joined(separator: ".")
    return targets.map { $0.contains { shortened($0, before: ".\(number).partial") == own } }
        ?? !own.isEmpty
}

private func notWritable(_ path: String) -> FileError {
    FileError(
        path: path,
        problem: kind(path) == S_IFDIR
            ? "is a folder; the name of a file is accepted"
            : "is neither a regular file, a pipe nor a character device",
        access: .writing)
}

/// The number of the open file that a path such as `/dev/stdout` stands for. Opened by its path it
/// would be written from its beginning, or replaced.
private func descriptorNumber(_ path: String) -> Int32? {
    switch path {
    case "/dev/stdout": STDOUT_FILENO
    case "/dev/stderr": STDERR_FILENO
    case _ where path.hasPrefix("/dev/fd/"): Int32(path.dropFirst("/dev/fd/".count))
    case _ where path.hasPrefix("/proc/self/fd/"): Int32(path.dropFirst("/proc/self/fd/".count))
    default: nil
    }
}

/// What is at a path, links followed, as `S_IFMT` has it; nil for nothing.
private func kind(_ path: String) -> mode_t? {
    var status = stat()
    return stat(path, &status) == 0 ? status.st_mode & S_IFMT : nil
}

/// The path of the file that a link leads to; any other path as it is.
private func linked(_ path: String) -> String {
    var status = stat()
    guard lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else { return path }
    guard fileExists(path) else { return missing(path) }
    return followed(path)
}

/// What a link to nothing names; the path itself where that is a link too.
private func missing(_ path: String) -> String {
    let named = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(PATH_MAX)) { buffer in
        let count = readlink(path, buffer.baseAddress!, buffer.count)
        return String(
            decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
    guard !named.isEmpty else { return path }
    let target = named.hasPrefix("/") ? named : path.parentPath.path(named)
    var status = stat()
    return lstat(target, &status) == 0 ? path : target
}
