/// A block of memory that tensors share: from the pool, or borrowed from an owner such as a mapped file.
public final class Storage: @unchecked Sendable {
    public let pointer: UnsafeMutableRawPointer
    public let byteCount: Int
    private let owner: AnyObject?

    /// Counts changes in place, so that what was derived from the contents is known to be stale.
    private(set) var version = 0
    /// Weights in oneDNN's own order, made on first use and kept while the contents do not change.
    private var packed: [PackingKey: (version: Int, storage: Storage)] = [:]

    /// Memory from the pool, its contents undefined.
    init(byteCount: Int) {
        self.byteCount = byteCount
        self.owner = nil
        self.pointer = StoragePool.shared.take(byteCount)
    }

    /// Memory that `owner` keeps alive. It is only read unless the owner says otherwise.
    public init(borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject) {
        self.pointer = pointer
        self.byteCount = byteCount
        self.owner = owner
    }

    deinit {
        if owner == nil { StoragePool.shared.give(pointer, bytes: byteCount) }
    }

    /// Notes that the contents were changed in place.
    func touch() { version += 1 }

    func packed(_ key: PackingKey, byteCount: Int, pack: (Storage) -> Void) -> Storage {
        if let found = packed[key], found.version == version { return found.storage }
        let storage = packed[key]?.storage ?? Storage(byteCount: byteCount)
        pack(storage)
        packed[key] = (version, storage)
        return storage
    }
}

/// Identifies one packed form of a weight: the primitive that reads it.
struct PackingKey: Hashable {
    let primitive: ObjectIdentifier
    let offset: Int
}
