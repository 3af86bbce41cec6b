import PinxitTensors

/// The pace of a run: a smoothed loss, samples a second, and the time left.
struct Progress {
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private let start: Int
    private let steps: Int
    private let batch: Int
    private var recent: [(step: Int, at: ContinuousClock.Instant)] = []
    private var done: Int
    /// The smoothed loss; nil before the first step.
    private(set) var smoothed: Float?

    /// - Parameter smoothed: The smoothed loss that a resumed run had.
    init(start: Int, steps: Int, batch: Int, smoothed: Float? = nil) {
        self.smoothed = smoothed
        begin = clock.now
        self.start = start
        self.steps = steps
        self.batch = batch
        done = start
    }

    var elapsed: Double { (clock.now - begin) / .seconds(1) }

    mutating func note(_ loss: Float) {
        done += 1
        smoothed = smoothed.map { 0.98 * $0 + 0.02 * loss } ?? loss
        recent.append((done, clock.now))
        if recent.count > 51 { recent.removeFirst() }
    }

    /// Samples a second over the last fifty steps.
    var rate: Double {
        guard let first = recent.first, let last = recent.last, last.step > first.step else {
            return 0
        }
        return Double((last.step - first.step) * batch) / ((last.at - first.at) / .seconds(1))
    }

    var scalars: [String: Float] {
        [
            "samples_per_second": Float(rate), "loss_smoothed": smoothed ?? 0,
            "memory_bytes": Float(StoragePool.shared.statistics.peak),
        ]
    }

    func line(_ step: Int) -> String {
        let pace = "step \(step)/\(steps)  loss \(Self.rounded(smoothed ?? 0))  \(Self.pace(rate))"
        guard rate > 0 else { return pace }
        return "\(pace)  \(Self.duration(Double((steps - step) * batch) / rate)) left"
    }

    /// "160 samples/s", "4.5 samples/s", "19 s a sample".
    static func pace(_ rate: Double) -> String {
        if rate >= 10 { return "\(Int(rate)) samples/s" }
        if rate >= 1 { return "\((rate * 10).rounded() / 10) samples/s" }
        return rate > 0 ? "\(duration(1 / rate)) a sample" : "no pace yet"
    }

    static func rounded(_ value: Float) -> String { "\((value * 10000).rounded() / 10000)" }

    /// "loss_at_0.1 0.35  prior_r1 0.2": numbers under their tags, the group's name left out.
    static func words(_ scalars: [String: Float], of group: String) -> String {
        scalars.sorted { $0.key < $1.key }
            .map { "\($0.key.dropFirst(group.count + 1)) \(rounded($0.value))" }
            .joined(separator: "  ")
    }

    static func duration(_ seconds: Double) -> String {
        let s = Int(seconds.rounded())
        return s >= 3600
            ? "\(s / 3600) h \(s / 60 % 60) min" : s >= 60 ? "\(s / 60) min \(s % 60) s" : "\(s) s"
    }
}
