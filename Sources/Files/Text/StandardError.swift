import PinxitPlatform

/// Writes text to standard error, where progress and messages go; results go to standard output.
public func writeToStandardError(_ text: String) {
    let bytes = Array(text.utf8)
    var start = 0
    while start < bytes.count {
        let written = bytes[start...].withUnsafeBytes {
            write(STDERR_FILENO, $0.baseAddress, $0.count)
        }
        guard written > 0 else { return }
        start += written
    }
}
