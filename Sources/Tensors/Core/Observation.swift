/// Watches operations as they finish: to time them, or to find the first number that is not finite.
public protocol OperationObserver: AnyObject {
    /// Called on the engine's thread when `output` has been computed.
    func finished(_ operation: Operation, inputs: [Tensor], output: Tensor)
    /// Called within an operation, when a weight has been packed for it.
    func packed(_ weight: Tensor, byteCount: Int, since start: ContinuousClock.Instant)
}

extension OperationObserver {
    public func packed(_ weight: Tensor, byteCount: Int, since start: ContinuousClock.Instant) {}
}

extension Engine {
    // Touched by the engine's thread only, where operations run without being isolated to it.
    nonisolated(unsafe) static var currentObserver: (any OperationObserver)?

    /// Runs `body` while `observer` is told of every operation.
    public static func observed<Result>(
        by observer: any OperationObserver, _ body: () throws -> Result
    ) rethrows -> Result {
        precondition(isCurrent, "operations run on the engine's thread")
        let before = currentObserver
        currentObserver = observer
        defer { currentObserver = before }
        return try body()
    }

    /// Runs what an operation is made of: its observer is told of the whole, once.
    static func unobserved<Result>(_ body: () throws -> Result) rethrows -> Result {
        guard let observer = currentObserver else { return try body() }
        currentObserver = nil
        defer { currentObserver = observer }
        return try body()
    }
}
