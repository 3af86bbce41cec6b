import FoundationEssentials
import PinxitPlatform

/// Writes bytes to standard output, all of them.
///
/// - Throws: `OutputError` where it takes no more.
func writeToStandardOutput(_ bytes: Data) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count < 0 && errno == EINTR { continue }
        guard count > 0 else { throw unwritable() }
        rest = rest.dropFirst(count)
    }
}

/// Writes what was printed and still waits: a full disk shows only then.
///
/// - Throws: `OutputError` if it cannot be written.
func flushStandardOutput() throws {
    // NULL is every stream: Swift does not let its global variable `stdout` be used.
    guard fflush(nil) == 0 else { throw unwritable() }
}

private func unwritable() -> OutputError {
    OutputError("standard output cannot be written: \(String(cString: strerror(errno)))")
}

/// Whether what is written to the path comes out at standard output.
func isStandardOutput(_ path: String) -> Bool {
    if path == "/dev/stdout" { return true }
    var (output, file) = (stat(), stat())
    return fstat(STDOUT_FILENO, &output) == 0 && stat(path, &file) == 0
        && (output.st_dev, output.st_ino) == (file.st_dev, file.st_ino)
}
