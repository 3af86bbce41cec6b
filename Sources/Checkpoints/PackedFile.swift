import PinxitFiles
import PinxitTensors
import Synchronization

/// Packed weights of a component in a file, by which a model's first step is spared packing them.
///
/// The file lies in the cache folder of the user, named after the component's weights. It is used
/// as long as these have the bytes they had, and where products want the order that they did.
public final class PackedFile: PackedShelf, @unchecked Sendable {
    /// Where it lies, or is to lie.
    public let path: String
    /// The weights that it is of.
    public let weights: String
    /// What it must have been made from, and by.
    private let identity: String
    /// Nil where none lies there that can be used.
    private let file: SafetensorsFile?
    private let packed = Mutex<[String: Storage]>([:])
    public let collects: Bool

    /// The file of a component, where there is one or one is to be made.
    ///
    /// - Parameters:
    ///   - component: The component's name.
    ///   - weights: The safetensors file with its weights, perhaps beside others'.
    ///   - collects: Whether one is to be made; what lies there is not used then.
    ///   - notes: Told of a file that is out of date.
    /// - Returns: Nil where there is none and none is to be made, and for weights in other formats.
    init?(of component: String, in weights: String, collects: Bool, notes: LoadNotes) {
        guard weights.hasSuffix(".safetensors") else { return nil }
        let path = Self.path(of: component, in: weights)
        self.path = path
        self.weights = weights
        self.collects = collects
        guard collects || fileExists(path),
            let identity = try? Self.identity(of: component, in: weights)
        else { return nil }
        self.identity = identity
        guard !collects else {
            file = nil
            return
        }
        guard let file = try? SafetensorsFile(path: path), file.metadata["identity"] == identity
        else {
            notes.add(
                "\(path) was made from other weights or by another version, and is not used; "
                    + "pinxit models pack makes it anew")
            return nil
        }
        self.file = file
    }

    /// Where the packed weights of a component lie.
    package static func path(of component: String, in weights: String) -> String {
        let name = SHA256.hex(Array("\(followed(weights)) \(component)".utf8))
        return cacheFolder().path("packed").path("\(component)-\(name.prefix(16)).safetensors")
    }

    /// Everything that the bytes of packed weights depend on.
    private static func identity(
        of component: String, in weights: String
    ) throws(FileError) -> String {
        let file = try MappedFile(path: weights)
        let start = file.withBytes { SHA256.hex($0.prefix(1 << 20)) }
        return [
            "1", Engine.oneDNNVersion, Engine.kernels, component, followed(weights),
            "\(file.bytes.count)", "\(modificationTime(weights) ?? 0)", start,
        ].joined(separator: " ")
    }

    public func found(_ key: String, byteCount: Int) -> Storage? {
        guard let file, let entry = file.entries[key], entry.type == .u8,
            entry.byteRange.count == Self.padded(byteCount)
        else { return nil }
        return file.stored(entry, name: key).storage()
    }

    public func made(_ key: String, _ storage: Storage) { packed.withLock { $0[key] = storage } }

    /// Writes what was made.
    ///
    /// - Returns: The bytes of the file; nil where nothing was made.
    /// - Throws: `FileError` when it cannot be written.
    package func write() throws -> Int? {
        let packed = packed.withLock { $0 }
        guard !packed.isEmpty else { return nil }
        try makeFolder(path.parentPath)
        let items = packed.mapValues(Self.filledUp)
        try withExtendedLifetime(items) {
            try SafetensorsWriter.write(
                items.map { key, storage in
                    SafetensorsWriter.Item(
                        name: key, type: .u8, shape: [storage.byteCount],
                        bytes: UnsafeRawBufferPointer(
                            start: storage.pointer, count: storage.byteCount))
                }, metadata: ["identity": identity], alignment: Self.alignment, to: path)
        }
        return fileSize(path)
    }

    /// With zeros behind what would leave the next out of line.
    private static func filledUp(_ storage: Storage) -> Storage {
        let size = padded(storage.byteCount)
        guard size > storage.byteCount else { return storage }
        let whole = Tensor(uninitialized: [size], type: .u8)
        whole.pointer.copyMemory(from: storage.pointer, byteCount: storage.byteCount)
        (whole.pointer + storage.byteCount).initializeMemory(
            as: UInt8.self, repeating: 0, count: size - storage.byteCount)
        return whole.storage
    }

    /// Of a line of the cache, which kernels read whole.
    private static let alignment = 64

    private static func padded(_ byteCount: Int) -> Int {
        (byteCount + alignment - 1) / alignment * alignment
    }
}
