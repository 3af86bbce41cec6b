import ArgumentParser

/// How much of what was painted is kept, for `pinxit serve` and `pinxit worker` alike.
struct KeepArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Forget jobs and their pictures after so many days (default: 365).",
            valueName: "number"))
    var keepDays: Double?

    @Option(
        help: ArgumentHelp(
            "Forget the oldest beyond so many finished jobs (default: 10000).",
            valueName: "number"))
    var keepJobs: Int?

    @Option(
        help: ArgumentHelp(
            "Forget the oldest while their files take more gibibytes (default: 10).",
            valueName: "number"))
    var keepGigabytes: Double?

    /// What the server is told of them.
    ///
    /// - Throws: `UsageError` for what keeps nothing.
    func words() throws -> [String] {
        guard keepJobs ?? 1 > 0 else {
            throw UsageError("--keep-jobs \(keepJobs ?? 0): a number above 0 is accepted")
        }
        for (name, value) in [("days", keepDays), ("gigabytes", keepGigabytes)] {
            guard let value, !(0.001...1e6).contains(value) else { continue }
            throw UsageError("--keep-\(name) \(value): 0.001 to 1000000 is accepted")
        }
        return (keepDays.map { ["--keep-days", "\($0)"] } ?? [])
            + (keepJobs.map { ["--keep-jobs", "\($0)"] } ?? [])
            + (keepGigabytes.map { ["--keep-gigabytes", "\($0)"] } ?? [])
    }
}
