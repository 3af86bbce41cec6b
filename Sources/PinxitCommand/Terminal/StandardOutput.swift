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
        guard count > 0 else {
            throw OutputError(
                "standard output cannot be written: \(String(cString: strerror(errno)))")
        }
        rest = rest.dropFirst(count)
    }
}
