import PinxitFiles
import PinxitPlatform

/// A number with so many digits after the point.
func decimal(_ value: Double, _ digits: Int) -> String {
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let text = String((value * scale).rounded() / scale)
    return digits == 0 && text.hasSuffix(".0") ? String(text.dropLast(2)) : text
}

/// The most memory the process has held, in bytes.
func peakMemory() -> Int {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return usage.ru_maxrss * 1024
}

/// Opens the standard streams that whoever started the program has closed: the next file would get
/// their numbers, and what is printed would go into it. Standard output stays unwritable.
func openClosedStreams() {
    let modes = [
        (STDIN_FILENO, O_RDONLY), (STDOUT_FILENO, O_RDONLY), (STDERR_FILENO, O_WRONLY),
    ]
    for (stream, mode) in modes where fcntl(stream, F_GETFD) < 0 {
        // The lowest number that is free is this one.
        _ = open("/dev/null", mode)
    }
}

extension String {
    /// Filled up with spaces to a width: behind, or in front for a negative one.
    func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: max(abs(width) - count, 0))
        return width < 0 ? spaces + self : self + spaces
    }
}
