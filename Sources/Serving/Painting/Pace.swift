import FoundationEssentials
import PinxitFiles
import PinxitWorkers

/// How fast a job goes.
struct Pace {
    private let started = ContinuousClock.now
    private let pictures: Int

    init(_ job: Job) { pictures = job.count }

    private var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

    /// Seconds until the job is done, as its steps so far went.
    func left(after step: ReportedStep) -> Double? {
        let done = Double(step.picture - 1) + Double(step.step) / Double(max(step.steps, 1))
        guard done > 0 else { return nil }
        return seconds / done * (Double(step.pictures) - done)
    }

    /// What a picture took, once all are there.
    var secondsOfPicture: Double { seconds / Double(max(pictures, 1)) }
}

/// What the system has.
enum Memory {
    /// Bytes that could be had without swapping; nil where the system does not say.
    static var available: Int? { field("MemAvailable:", in: "/proc/meminfo").map { $0 << 10 } }

    /// Bytes that this process holds.
    public static var resident: Int? { field("VmRSS:", in: "/proc/self/status").map { $0 << 10 } }

    private static func field(_ name: String, in file: String) -> Int? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int($0) }
        }
        return nil
    }
}
