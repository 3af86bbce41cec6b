import PinxitFiles
import Synchronization

/// How a process ended: one thread says it once and others look.
final class ProcessEnd: Sendable {
    private let stored = Mutex<ChildProcess.End?>(nil)

    /// Nil before it has ended.
    var value: ChildProcess.End? { stored.withLock { $0 } }

    func set(_ value: ChildProcess.End) { stored.withLock { $0 = value } }
}
