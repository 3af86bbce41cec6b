import CPinxitOneDNN

/// Where packed weights lie that were made before, or go that are made now: in a file, which
/// outlives the process.
public protocol PackedShelf: AnyObject, Sendable {
    /// Whether packed weights are kept for it whatever else holds, since they are to be laid there.
    var collects: Bool { get }

    /// The packed weight of a key, if it lies there and has so many bytes.
    func found(_ key: String, byteCount: Int) -> Storage?

    /// Is told of each packed weight that is made.
    func made(_ key: String, _ packed: Storage)
}

extension Storage {
    /// Where the packed forms of a weight may lie.
    struct Shelved {
        let shelf: any PackedShelf
        /// The parameter's name there.
        let name: String
    }

    /// Lets packed forms of the weight here come from a shelf.
    ///
    /// - Parameter name: The parameter's name there.
    public func put(on shelf: any PackedShelf, as name: String) {
        shelved = Shelved(shelf: shelf, name: name)
    }

    /// The packed weight that lies on the shelf: found there once, it is kept.
    ///
    /// - Parameter rows: The weight's, which have a scale each where it is of levels.
    func fromShelf(
        for primitive: Primitive?, form: PackedForm, offset: Int, byteCount: Int, rows: Int
    ) -> Storage? {
        guard let shelved, version == 0 else { return nil }
        if let kept = kept(for: primitive, form: form, offset: offset) { return kept }
        guard let key = key(shelved.name, primitive, form, offset),
            let packed = shelved.shelf.found(key, byteCount: byteCount)
        else { return nil }
        if Self.isOfLevels(primitive, form), rowScales == nil {
            let scales = shelved.shelf.found(key + Self.scales, byteCount: rows * 4)
            guard let scales else { return nil }
            rowScales = Tensor(storage: scales, shape: [rows], type: .f32)
        }
        keep(packed, for: primitive, form: form, offset: offset)
        return packed
    }

    /// Gives pages of files back after a use, where weights only pass.
    func dropPassingPages() {
        guard isStreamed || PackedWeights.areUsedOnce else { return }
        dropPages()
        if shelved != nil { dropPackedPages() }
    }

    /// Tells the shelf of a packed weight.
    func toShelf(_ packed: Storage, for primitive: Primitive?, form: PackedForm, offset: Int) {
        guard let shelved, shelved.shelf.collects, version == 0,
            let key = key(shelved.name, primitive, form, offset)
        else { return }
        shelved.shelf.made(key, packed)
        if Self.isOfLevels(primitive, form), let rowScales {
            shelved.shelf.made(key + Self.scales, rowScales.storage)
        }
    }

    /// Nil where the order cannot be told from others.
    private func key(
        _ name: String, _ primitive: Primitive?, _ form: PackedForm, _ offset: Int
    ) -> String? {
        let order = primitive?.packingHash
        return order == 0 ? nil : "\(name) \(form) \(offset) \(order ?? 0)"
    }

    private static func isOfLevels(_ primitive: Primitive?, _ form: PackedForm) -> Bool {
        switch form {
        case .panels(.i8), .turnedPanels(.i8), .windowPanels(.i8): true
        default: primitive?.isQuantised ?? false
        }
    }

    private static let scales = " scales"
}
