import PinxitFiles
import PinxitTensors
import Synchronization

/// Packed weights of a component in a file, by which a model's first step is spared packing them.
///
/// The file lies in the cache folder of the user, named after the component's weights. It is used
/// as long as these are those it was made of, and where products want the order that they did.
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
    /// Held while it is made, so that no other process writes it meanwhile.
    private let lock: FileLock?
    public var collects: Bool { lock != nil }

    /// What lies there for a component.
    ///
    /// - Parameters:
    ///   - component: The component's name.
    ///   - weights: The file with its weights, perhaps beside others', or the index of shards.
    ///   - tensors: The weights, as they have been read.
    ///   - notes: Told of a file that is out of date.
    /// - Returns: Nil where there is none that can be used.
    convenience init?(
        of component: String, in weights: String, _ tensors: [String: Tensor], notes: LoadNotes
    ) {
        let path = Self.path(of: component, in: weights)
        guard fileExists(path) else { return nil }
        self.init(component, weights, tensors, path: path, lock: nil)
        guard file != nil else {
            notes.add(
                "\(path) was made from other weights or by another version, and is not used; "
                    + "pinxit models pack makes it anew")
            return nil
        }
    }

    /// The file of a component that is to be made, or to get more.
    ///
    /// - Throws: `FileError` while another process makes it, or where it cannot be written.
    convenience init(
        making component: String, of weights: String, _ tensors: [String: Tensor]
    ) throws(FileError) {
        let path = Self.path(of: component, in: weights)
        try makeFolder(path.parentPath)
        let place = path + ".lock"
        guard let lock = try FileLock(place) else {
            throw FileError(
                path: weights,
                problem: "is being packed by another process\(FileLock.holder(of: place)); "
                    + "accepted: waiting until it has ended")
        }
        self.init(component, weights, tensors, path: path, lock: lock)
    }

    private init(
        _ component: String, _ weights: String, _ tensors: [String: Tensor], path: String,
        lock: FileLock?
    ) {
        let identity = Self.identity(of: component, in: weights, tensors)
        let found = try? SafetensorsFile(path: path)
        file = found.flatMap { $0.metadata["identity"] == identity ? $0 : nil }
        (self.path, self.weights, self.identity, self.lock) = (path, weights, identity, lock)
    }

    /// Where the packed weights of a component lie.
    package static func path(of component: String, in weights: String) -> String {
        let name = SHA256.hex(Array("\(followed(weights)) \(component)".utf8))
        return cacheFolder().path("packed").path("\(component)-\(name.prefix(16)).safetensors")
    }

    /// Everything that the bytes of packed weights depend on. Of the weights that is the start of
    /// each tensor: to read them whole would take as long as packing.
    private static func identity(
        of component: String, in weights: String, _ tensors: [String: Tensor]
    ) -> String {
        var starts: [UInt8] = []
        for (name, tensor) in tensors.sorted(by: { $0.key < $1.key }) {
            starts += "\(name) \(tensor.type) \(tensor.shape) ".utf8
            starts += start(of: tensor)
        }
        let index = weights.hasSuffix(".json") ? try? ShardIndex(path: weights) : nil
        let shards = index?.shards.keys.sorted().map { weights.parentPath.path($0) } ?? []
        let files = ([weights] + shards).flatMap { file in
            [followed(file), "\(fileSize(file) ?? 0)", "\(modificationTime(file) ?? 0)"]
        }
        return
            ([
                "\(layout)", Engine.oneDNNVersion, Engine.kernels, component,
            ] + files + [SHA256.hex(starts)]).joined(separator: " ")
    }

    /// The first bytes of a tensor, as the file has them.
    private static func start(of tensor: Tensor) -> UnsafeRawBufferPointer {
        let encoded = tensor.storage.encoded
        return UnsafeRawBufferPointer(
            start: encoded?.pointer ?? tensor.pointer,
            count: min(encoded?.byteCount ?? tensor.byteCount, startOfTensor))
    }

    /// To be raised whenever our kernels pack otherwise.
    private static let layout = 1
    /// Bytes of each tensor that tell it from others.
    private static let startOfTensor = 1024

    public func found(_ key: String, byteCount: Int) -> Storage? {
        guard let file, let entry = file.entries[key], entry.type == .u8,
            entry.byteRange.count == Self.padded(byteCount)
        else { return nil }
        return file.stored(entry, name: key).storage()
    }

    public func made(_ key: String, _ storage: Storage) { packed.withLock { $0[key] = storage } }

    /// Writes what was made beside what lay there before, and lets other processes add to it.
    ///
    /// - Returns: The bytes of the file; nil where there is nothing to lie in it.
    /// - Throws: `FileError` when it cannot be written.
    package func write() throws -> Int? {
        defer { lock?.release() }
        let new = packed.withLock { $0 }.mapValues(Self.filledUp)
        guard !new.isEmpty else { return file == nil ? nil : fileSize(path) }
        var all = new
        for (key, entry) in file?.entries ?? [:] where all[key] == nil {
            all[key] = file?.stored(entry, name: key).storage()
        }
        try withExtendedLifetime(all) {
            try SafetensorsWriter.write(
                all.map { key, storage in
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
