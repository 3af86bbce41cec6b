extension Engine {
    /// Throws where the task that the engine is working for has been cancelled. Called between layers
    /// of networks, so that cancelling takes effect within a fraction of a second.
    public static func checkCancellation() throws(CancellationError) {
        if Task.isCancelled { throw CancellationError() }
    }
}
