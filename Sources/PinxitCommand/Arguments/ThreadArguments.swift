import ArgumentParser
import Pinxit

/// How many threads compute, the same in every command that does.
struct ThreadArguments: ParsableArguments {
    @Option(
        name: [.customShort("t"), .long],
        help: "Threads that compute (default: one for each processor).")
    var threads: Int?

    /// - Throws: `PaintError.request` for a number that is not accepted.
    func apply() async throws {
        if let threads { try await Processor.setThreads(threads) }
    }
}
