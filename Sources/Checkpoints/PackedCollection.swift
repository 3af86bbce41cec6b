import Synchronization

/// The files of packed weights that are made while a model paints, one a component.
public final class PackedCollection: Sendable {
    private let files = Mutex<[PackedFile]>([])

    /// None yet.
    public init() {}

    func add(_ file: PackedFile) { files.withLock { $0.append(file) } }

    /// Writes what was made, on the engine's thread.
    ///
    /// - Returns: The files with their sizes in bytes.
    /// - Throws: `FileError` when one cannot be written.
    public func write() throws -> [(path: String, byteCount: Int)] {
        try files.withLock { $0 }.compactMap { file in
            try file.write().map { (file.path, $0) }
        }
    }
}
