import Synchronization

/// Work that is done again and again and that nobody waits for. It is said when it begins to fail
/// and why, and when it is done again: an error that lasts is told once. That the store is not
/// reached its database says.
final class Background: Sendable {
    private let name: String
    private let tell: @Sendable (ServerLog.Level, String) -> Void
    /// Why it is not done; nil where it is.
    private let problem = Mutex<String?>(nil)

    /// - Parameters:
    ///   - name: What is done, in words that "again" may follow.
    ///   - tell: Says a line.
    init(_ name: String, tell: @escaping @Sendable (ServerLog.Level, String) -> Void) {
        (self.name, self.tell) = (name, tell)
    }

    convenience init(_ name: String, _ log: ServerLog) {
        self.init(name) { log.say($0, $1) }
    }

    /// Does it once.
    ///
    /// - Returns: Nil where it is not done.
    @discardableResult
    func callAsFunction<Result>(_ body: () throws -> Result) -> Result? {
        do {
            let result = try body()
            if became(nil) { tell(.info, "the store: \(name) works again") }
            return result
        } catch ServingError.unavailable {
            return nil
        } catch {
            if became("\(error)") { tell(.error, "the store: \(name): \(error)") }
            return nil
        }
    }

    /// - Returns: Whether that is new.
    private func became(_ problem: String?) -> Bool {
        self.problem.withLock { last in
            defer { last = problem }
            return last != problem
        }
    }
}
