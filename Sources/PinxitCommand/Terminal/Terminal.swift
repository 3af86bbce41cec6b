import PinxitFiles
import PinxitPlatform
import Synchronization

func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) != 0 }

/// A bar that is drawn over itself.
struct ProgressBar {
    private let started = ContinuousClock.now

    /// - Parameter label: What is being done, such as `picture 2 of 4`.
    func draw(_ label: String, done: Int, total: Int) {
        let width = 24
        let filled = width * done / max(total, 1)
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let rate = Double(done) / max(seconds, 1e-9)
        let left = Double(total - done) / max(rate, 1e-9)
        let bar =
            String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
        let speed = "\(decimal(rate, 1)) steps/s  \(decimal(left, 0)) s left"
        writeToStandardError("\r\(label) \(bar) \(done)/\(total)  \(speed)\u{1B}[K")
    }

    func clear() { writeToStandardError("\r\u{1B}[K") }
}

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
