import Synchronization

/// A number that one thread sets once and others look at.
final class DispatchedValue: Sendable {
    private let stored = Mutex<Int32?>(nil)

    /// Nil before it is set.
    var value: Int32? { stored.withLock { $0 } }

    func set(_ value: Int32) { stored.withLock { $0 = value } }
}
