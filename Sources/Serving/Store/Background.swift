import PinxitFiles

/// Does what nobody waits for. Where it is not done, a line on standard error says why: that the
/// store is not reached its database says, once.
///
/// - Returns: Nil where it is not done.
@discardableResult
func inBackground<Result>(_ body: () throws -> Result) -> Result? {
    do {
        return try body()
    } catch {
        if case ServingError.unavailable = error { return nil }
        writeToStandardError("error: the store: \(error)\n")
        return nil
    }
}
