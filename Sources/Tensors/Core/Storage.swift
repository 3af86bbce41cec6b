import PinxitPlatform

/// A block of memory that tensors share: from the pool, borrowed from an owner such as a mapped
/// file, or decoded from one when it is read.
public final class Storage: @unchecked Sendable {
    /// Where the memory begins. Valid as long as this object lives; where numbers are decoded,
    /// until ``dropPages()``.
    public var pointer: UnsafeMutableRawPointer { memory ?? decoded().pointer }
    /// Nil where numbers are decoded.
    private let memory: UnsafeMutableRawPointer?
    /// Bytes that were asked for; the pool's block may be larger.
    public let byteCount: Int
    private let owner: AnyObject?
    /// Whether it is a packed weight, which is kept, so that its memory is no larger than it.
    private let stays: Bool
    /// Whether the contents lie unchanged in a mapped file.
    private let isMapped: Bool
    /// What the contents are decoded from, and how.
    private let encoding: (source: Storage, decode: @Sendable (UnsafeMutableRawPointer) -> Void)?
    private var decodedNow: Storage?
    /// Weights here are packed anew for every use, into memory that all such weights share: slower,
    /// and far smaller.
    public var isStreamed = false

    /// Whether the weight here may be used as 8-bit levels; see ``Quantisation``.
    public var isQuantisable = false
    /// The scales of its rows, once it has been.
    var rowScales: Tensor?

    /// Where packed forms of the weight here may lie.
    var shelved: Shelved?

    /// What a parameter is called in its checkpoint, to tell where something went wrong or took its
    /// time.
    public var name: String?

    /// Counts changes in place, so that what was derived from the contents is known to be stale.
    private(set) var version = 0
    /// Weights in the order a product reads, oneDNN's or ours, made on first use and kept while the
    /// contents do not change.
    private var packed: [Packed] = []

    var packedForms: Int { packed.count }

    /// What a weight was made into: for a primitive's order as it is or as Winograd's places, or in
    /// our panels.
    enum PackedForm: Hashable {
        case direct
        /// In panels of a type; levels are told from the weight itself by theirs.
        case panels(ElementType)
        case turnedPanels(ElementType)
        case windowPanels(ElementType)
        /// The places of so large a tile, in a type, for the filter or for it turned half round.
        case winograd(tile: Int, turned: Bool, type: ElementType)
    }

    private struct Packed {
        /// Whose order it is; nil for our own.
        let primitive: Primitive?
        let form: PackedForm
        let offset: Int
        let storage: Storage
        var version: Int
    }

    /// Memory from the pool, its contents undefined.
    init(byteCount: Int, stays: Bool = false) {
        self.byteCount = byteCount
        self.stays = stays
        self.owner = nil
        self.isMapped = false
        self.encoding = nil
        self.memory = StoragePool.shared.take(byteCount, staying: stays)
    }

    /// Memory that `owner` keeps alive. It is only read unless the owner says otherwise.
    ///
    /// - Parameter isMapped: Whether it is a file's, mapped to be read, so that its pages can be
    ///   dropped and come again.
    public init(
        borrowing pointer: UnsafeMutableRawPointer, byteCount: Int, owner: AnyObject,
        isMapped: Bool = false
    ) {
        self.isMapped = isMapped
        self.stays = false
        self.memory = pointer
        self.byteCount = byteCount
        self.owner = owner
        self.encoding = nil
    }

    /// Numbers that `source` holds in fewer bytes. They are decoded when they are read, and again
    /// after ``dropPages()``: of weights that are packed for a product only the packed form stays.
    ///
    /// - Parameter decode: Fills memory of so many bytes, always with the same.
    package init(
        byteCount: Int, decodedFrom source: Storage,
        by decode: @escaping @Sendable (UnsafeMutableRawPointer) -> Void
    ) {
        self.byteCount = byteCount
        self.encoding = (source, decode)
        self.memory = nil
        self.stays = false
        self.isMapped = false
        self.owner = nil
    }

    /// Where the contents are decoded from; nil where they lie as they are read.
    package var encoded: Storage? { encoding?.source }

    private func decoded() -> Storage {
        if let decodedNow { return decodedNow }
        let storage = Storage(byteCount: byteCount)
        encoding?.decode(storage.pointer)
        encoding?.source.dropPages()
        decodedNow = storage
        return storage
    }

    /// No memory: to read it ends the program.
    static let unreadable = Storage(
        borrowing: UnsafeMutableRawPointer(bitPattern: 1)!, byteCount: 0, owner: Nobody())
    private final class Nobody {}

    deinit {
        guard owner == nil, let memory else { return }
        StoragePool.shared.give(memory, bytes: byteCount, staying: stays)
    }

    /// Notes that the contents were changed in place.
    func touch() { version += 1 }

    /// The weight at `offset` in the order a primitive reads, kept for it and all that read the
    /// same order; in our own order if nil.
    func packed(
        for primitive: Primitive?, form: PackedForm, offset: Int, byteCount: Int,
        pack: (Storage) -> Void
    ) -> Storage {
        let index = index(for: primitive, form: form, offset: offset)
        if let index, packed[index].version == version { return packed[index].storage }
        let storage = index.map { packed[$0].storage } ?? Storage(byteCount: byteCount, stays: true)
        if index == nil {
            // What packing a large weight takes beside it has another size for every weight, and
            // would wait in vain.
            StoragePool.shared.limitingWaiting(to: Self.mostWaitingAfterPacking) {
                pack(storage)
                dropPages()
            }
        } else {
            pack(storage)
            dropPages()
        }
        if let index {
            packed[index].version = version
        } else {
            keep(storage, for: primitive, form: form, offset: offset)
        }
        toShelf(storage, for: primitive, form: form, offset: offset)
        return storage
    }

    /// Keeps a packed weight that was not kept before.
    func keep(_ storage: Storage, for primitive: Primitive?, form: PackedForm, offset: Int) {
        packed.append(
            Packed(
                primitive: primitive, form: form, offset: offset, storage: storage, version: version
            ))
    }

    /// What ``packed(for:form:offset:byteCount:pack:)`` has kept and would give as it is.
    func kept(for primitive: Primitive?, form: PackedForm, offset: Int) -> Storage? {
        index(for: primitive, form: form, offset: offset).flatMap {
            packed[$0].version == version ? packed[$0].storage : nil
        }
    }

    private func index(for primitive: Primitive?, form: PackedForm, offset: Int) -> Int? {
        packed.firstIndex {
            guard $0.offset == offset && $0.form == form else { return false }
            guard let mine = $0.primitive, let primitive else { return primitive == nil }
            return mine === primitive || mine.hasPacking(of: primitive)
        }
    }

    private static let mostWaitingAfterPacking = 64 << 20

    /// Gives back the memory of a packed weight; it is packed again when it is used again.
    public func forgetPacked() { packed = [] }

    /// Gives the pages of packed weights back that lie in a mapped file.
    func dropPackedPages() {
        for form in packed { form.storage.dropPages() }
    }

    /// Gives back what comes again when it is read: the pages of a mapped file, and numbers that
    /// were decoded and have not been changed since.
    package func dropPages() {
        if version == 0 { decodedNow = nil }
        guard isMapped else { return }
        let page = 4096
        let start = (Int(bitPattern: pointer) + page - 1) & ~(page - 1)
        let end = (Int(bitPattern: pointer) + byteCount) & ~(page - 1)
        if start < end {
            madvise(UnsafeMutableRawPointer(bitPattern: start), end - start, MADV_DONTNEED)
        }
    }
}
