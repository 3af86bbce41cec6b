import PinxitFiles

/// A bar that is drawn over itself.
struct ProgressBar {
    private let started = ContinuousClock.now

    /// - Parameter label: What is being done, such as `picture 2 of 4`.
    func draw(_ label: String, done: Int, total: Int) {
        let seconds = (ContinuousClock.now - started) / .seconds(1)
        let rate = Double(done) / max(seconds, 1e-9)
        let left = Double(total - done) / max(rate, 1e-9)
        let line = Self.line(
            label, done: done, total: total, pace: "\(decimal(rate, 1)) steps/s",
            left: "\(decimal(left, 0)) s left", columns: terminalColumns())
        writeToStandardError("\r\(line)\u{1B}[K")
    }

    func clear() { writeToStandardError("\r\u{1B}[K") }

    /// As much as fits in one line: first the pace goes, then the bar gets shorter, then the label
    /// goes. The last column stays free, since a terminal that fills it goes to the next line.
    static func line(
        _ label: String, done: Int, total: Int, pace: String, left: String, columns: Int
    ) -> String {
        let room = max(columns - 1, 0)
        let count = "\(done)/\(total)"
        let forms = [
            (label, 24, "\(count)  \(pace)  \(left)"), (label, 24, "\(count)  \(left)"),
            (label, 10, "\(count)  \(left)"), (label, 10, count), ("", 10, count),
        ]
        for (label, width, end) in forms {
            let line = [label, bar(done, total, width), end].filter { !$0.isEmpty }
                .joined(separator: " ")
            if line.count <= room { return line }
        }
        return String(count.prefix(room))
    }

    private static func bar(_ done: Int, _ total: Int, _ width: Int) -> String {
        let filled = width * min(done, total) / max(total, 1)
        return String(repeating: "█", count: filled)
            + String(repeating: "░", count: width - filled)
    }
}
