import Synchronization

/// What a user should know of files that could be loaded all the same.
public final class LoadNotes: Sendable {
    private let notes = Mutex<[String]>([])

    /// In the order in which they were found.
    public var all: [String] { notes.withLock { $0 } }

    /// Nothing found yet.
    public init() {}

    /// A note more.
    package func add(_ note: String) { notes.withLock { $0.append(note) } }
}
