import PinxitKernels

extension Engine {
    /// Threads that share the work of an operation, from 1. On the engine's thread.
    public static var threads: Int {
        get { Int(px_thread_count()) }
        set {
            precondition(isCurrent, "operations run on the engine's thread")
            precondition(newValue > 0, "\(newValue) threads")
            px_set_thread_count(Int32(newValue))
        }
    }

    /// Runs `body` on the engine's thread alone, without the others of its team.
    ///
    /// Waking them takes longer than many a small operation does: worth it where these follow one
    /// another by the thousand.
    public static func alone<Result>(_ body: () throws -> Result) rethrows -> Result {
        precondition(isCurrent, "operations run on the engine's thread")
        let before = px_thread_count()
        px_set_thread_count(1)
        defer { px_set_thread_count(before) }
        return try body()
    }
}
