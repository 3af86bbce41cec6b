import PinxitFiles
import PinxitTensors
import Synchronization

/// The files of packed weights that are made while a model paints, one a component.
public final class PackedCollection: Sendable {
    private let files = Mutex<[PackedFile]>([])

    /// None yet.
    public init() {}

    /// The file of a component: one, however often the component is loaded.
    ///
    /// - Throws: `FileError` while another process makes it, or where it cannot be written.
    func file(
        of component: String, in weights: String, _ tensors: [String: Tensor]
    ) throws(FileError) -> PackedFile {
        let path = PackedFile.path(of: component, in: weights)
        if let known = files.withLock({ $0.first { $0.path == path } }) { return known }
        let file = try PackedFile(making: component, of: weights, tensors)
        files.withLock { $0.append(file) }
        return file
    }

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
