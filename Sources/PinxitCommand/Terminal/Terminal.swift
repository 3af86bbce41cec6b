import PinxitFiles
import PinxitPlatform
import Synchronization

func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

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

extension String {
    /// Filled up with spaces to a width: behind, or in front for a negative one.
    func padded(_ width: Int) -> String {
        let spaces = String(repeating: " ", count: max(abs(width) - count, 0))
        return width < 0 ? spaces + self : self + spaces
    }
}
