import PinxitFiles

/// What stands for the calls that pickles of tensors make.
extension PickleMachine {
    /// The value that a class or function on the list would give; its place.
    mutating func build(_ global: PickleGlobal, _ values: [Int]) throws(FileError) -> Int {
        let place = try built(global, values)
        // What is copied from a value that is read once may be called for any number of times.
        try count(copied: nodes[place].copiedBytes)
        return place
    }

    private mutating func count(copied bytes: Int) throws(FileError) {
        copied += bytes
        guard copied <= Self.mostCopied else {
            throw error("more than \(Self.mostCopied >> 20) MiB are made of few values")
        }
    }

    private static let mostCopied = 64 << 20

    private mutating func built(
        _ global: PickleGlobal, _ values: [Int]
    ) throws(FileError) -> Int {
        switch global {
        case .dictionary: add(.dictionary(members(values)))
        case .sequence: add(.list(values.first.flatMap { nodes[$0].elements } ?? []))
        case .tensor(let hasType): add(.tensor(try tensor(values, hasType: hasType)))
        case .parameter: try argument(values, 0)
        case .typedTensor: try typedTensor(values)
        case .parameterDictionary: add(.parameterDictionary)
        case .encode: add(.bytes(try encoded(values)))
        case .bytes:
            if let value = values.first, case .bytes(let bytes) = nodes[value] {
                add(.bytes(bytes))
            } else {
                add(.bytes(values.count > 1 ? try encoded(values) : []))
            }
        case .numpyType:
            add(.numpyType(nodes[try argument(values, 0)].text ?? ""))
        case .numpyScalar: add(try numpyScalar(values))
        case .opaque(let name): add(.object(name))
        case .storage, .type: throw error("a type is called")
        }
    }

    private func argument(_ values: [Int], _ index: Int) throws(FileError) -> Int {
        guard index < values.count else { throw error("an argument is missing") }
        return values[index]
    }

    /// A dictionary's first members: another one, or pairs.
    private func members(_ values: [Int]) -> [Int] {
        for value in values {
            if case .dictionary(let members) = nodes[value] { return members }
            if case .list(let pairs) = nodes[value] {
                return pairs.compactMap { nodes[$0].elements }.filter { $0.count == 2 }
                    .flatMap { $0 }
            }
        }
        return []
    }

    /// `_parameters` of torch up to 1.11; later fields of the names that `_keys` lists.
    ///
    /// - Throws: `FileError` for more than is copied of one file.
    mutating func parameters(_ state: Int) throws(FileError) -> [Int] {
        guard case .dictionary(let fields) = nodes[state] else { return [] }
        var members: [Int] = []
        var keys: Set<String> = []
        for index in stride(from: 0, to: fields.count, by: 2) {
            guard case .dictionary(let inner) = nodes[fields[index + 1]] else { continue }
            switch nodes[fields[index]].text {
            case "_parameters":
                try count(copied: 8 * inner.count)
                members += inner
            case "_keys":
                for key in stride(from: 0, to: inner.count, by: 2) {
                    if let name = nodes[inner[key]].text { keys.insert(name) }
                }
            default: break
            }
        }
        for index in stride(from: 0, to: fields.count, by: 2) {
            if let name = nodes[fields[index]].text, keys.contains(name) {
                members += fields[index...(index + 1)]
            }
        }
        return members
    }

    /// Bytes that were written as text of one character a byte.
    private func encoded(_ values: [Int]) throws(FileError) -> [UInt8] {
        guard values.count == 2, let text = nodes[values[0]].text,
            ["latin1", "latin-1"].contains(nodes[values[1]].text),
            text.unicodeScalars.allSatisfy({ $0.value < 256 })
        else { throw error("bytes are encoded in another way than latin1") }
        return text.unicodeScalars.map { UInt8($0.value) }
    }

    private func numpyScalar(_ values: [Int]) throws(FileError) -> PickleNode {
        guard values.count == 2, case .numpyType(let type) = nodes[values[0]],
            case .bytes(let bytes) = nodes[values[1]]
        else { return .object("numpy.scalar") }
        let number = bytes.withUnsafeBytes { bytes -> PickleNode? in
            var cursor = ByteCursor(bytes)
            return switch type {
            case "b1": cursor.integer(UInt8.self).map { .bool($0 != 0) }
            case "i4": cursor.integer(Int32.self).map { .integer(Int($0)) }
            case "i8": cursor.integer(Int64.self).map { .integer(Int($0)) }
            case "f4": cursor.integer(UInt32.self).map { .number(Double(Float(bitPattern: $0))) }
            case "f8": cursor.integer(UInt64.self).map { .number(Double(bitPattern: $0)) }
            default: nil
            }
        }
        return number ?? .object("numpy.\(type)")
    }

    // MARK: Tensors

    /// `('storage', class, key, device, count)`, in legacy files with a part's key, start, count.
    func storage(_ reference: Int) throws(FileError) -> PickledStorage {
        guard let parts = nodes[reference].elements, parts.count >= 5,
            nodes[parts[0]].text == "storage", case .global(.storage(let type)) = nodes[parts[1]],
            let key = nodes[parts[2]].text, let count = nodes[parts[4]].integer, count >= 0
        else { throw error("a reference to a storage is not as torch writes it") }
        guard parts.count > 5, let view = nodes[parts[5]].elements else {
            return PickledStorage(key: key, type: type, count: count, total: count)
        }
        guard view.count == 3, let first = nodes[view[1]].integer,
            let part = nodes[view[2]].integer, 0...count ~= first, 0...(count - first) ~= part
        else { throw error("a part of storage \(key) does not lie in it") }
        return PickledStorage(key: key, type: type, first: first, count: part, total: count)
    }

    /// `(storage, offset, shape, strides, …)`, in the third form with a type as the seventh.
    private func tensor(_ values: [Int], hasType: Bool) throws(FileError) -> PickledTensor {
        guard values.count >= (hasType ? 7 : 4), case .storage(let storage) = nodes[values[0]],
            let offset = nodes[values[1]].integer, let shape = sizes(values[2]),
            let strides = sizes(values[3]), strides.count == shape.count, offset >= 0
        else { throw error("a tensor is not as torch writes it") }
        var type = storage.type
        if hasType, case .global(.type(let known, let name)) = nodes[values[6]] {
            guard known != nil else { throw error("a tensor is \(name), which is not accepted,") }
            type = known
        }
        guard let type else { throw error("a tensor has no type") }
        try check(shape, strides, offset: offset, in: storage, type)
        return PickledTensor(
            storage: storage, type: type, offset: offset, shape: shape,
            strides: Self.isPlain(shape, strides) ? nil : strides)
    }

    /// `(function, class, arguments, state)` of a tensor that was given attributes.
    private mutating func typedTensor(_ values: [Int]) throws(FileError) -> Int {
        guard values.count >= 3, case .global(.tensor(let hasType)) = nodes[values[0]],
            case .tuple(let arguments) = nodes[values[2]]
        else { throw error("a tensor is not as torch writes it") }
        return add(.tensor(try tensor(arguments, hasType: hasType)))
    }

    private func sizes(_ node: Int) -> [Int]? {
        guard let elements = nodes[node].elements, elements.count <= SafetensorsHeader.highestRank
        else { return nil }
        let sizes = elements.compactMap { nodes[$0].integer }
        return sizes.count == elements.count && sizes.allSatisfy { $0 >= 0 } ? sizes : nil
    }

    /// The last element lies in the storage, which has at least as many as the tensor.
    private func check(
        _ shape: [Int], _ strides: [Int], offset: Int, in storage: PickledStorage,
        _ type: SafetensorsType
    ) throws(FileError) {
        let outside = error(
            "a tensor of shape \(shape) and strides \(strides) from element \(offset) does not lie "
                + "in storage \(storage.key) of \(storage.count)")
        guard let count = checkedProduct(shape) else { throw outside }
        guard let byteCount = checkedProduct([storage.count, storage.elementSize]) else {
            throw outside
        }
        let capacity = byteCount / type.size
        guard count <= capacity else { throw outside }
        guard count > 0 else { return }
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (step, overflow) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, beyond) = last.addingReportingOverflow(step)
            guard !overflow, !beyond else { throw outside }
            last = sum
        }
        guard last < capacity else { throw outside }
    }

    /// Whether rows lie one behind the other; the stride of a single one does not matter.
    private static func isPlain(_ shape: [Int], _ strides: [Int]) -> Bool {
        if shape.contains(0) { return true }
        var step = 1
        for (size, stride) in zip(shape, strides).reversed() where size != 1 {
            if stride != step { return false }
            step *= size
        }
        return true
    }
}
