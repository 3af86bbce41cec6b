import PinxitFiles

/// Makes the values of a pickle, which refer to each other, a tree that ends.
struct PickleTree {
    /// Deeper ones are refused, and so are values that hold themselves.
    private static let deepest = 64

    private let machine: PickleMachine
    private let file: MappedFile
    /// Where a storage's bytes lie in the file.
    private let place: (PickledStorage) throws(FileError) -> Range<Int>
    private var made: [Int: PickleValue] = [:]
    /// Bytes of tensors that have to be gathered or moved, none of which lie in the file twice
    /// unless somebody means harm.
    private var copied = 0

    init(
        _ machine: PickleMachine, file: MappedFile,
        place: @escaping (PickledStorage) throws(FileError) -> Range<Int>
    ) {
        (self.machine, self.file, self.place) = (machine, file, place)
    }

    mutating func value(_ node: Int, depth: Int = 0) throws(FileError) -> PickleValue {
        if let value = made[node] { return value }
        guard depth < Self.deepest else {
            throw FileError(
                path: machine.path, field: machine.field,
                problem: "holds values deeper than \(Self.deepest) in each other")
        }
        let value = try make(machine.nodes[node], depth)
        made[node] = value
        return value
    }

    private mutating func make(_ node: PickleNode, _ depth: Int) throws(FileError) -> PickleValue {
        switch node {
        case .none: return .none
        case .bool(let value): return .bool(value)
        case .integer(let value): return .integer(value)
        case .longInteger: return .opaque("int")
        case .number(let value): return .number(value)
        case .string(let text): return .string(text)
        case .bytes(let bytes): return .bytes(bytes)
        case .list(let elements), .tuple(let elements):
            return .list(try values(elements, depth))
        case .dictionary(let members):
            let values = try values(members, depth)
            return .dictionary(
                stride(from: 0, to: values.count, by: 2).map {
                    PickleMember(key: values[$0], value: values[$0 + 1])
                })
        case .parameterDictionary: return .dictionary([])
        case .global(.opaque(let name)), .object(let name): return .opaque(name)
        case .global(.type(_, let name)): return .opaque("torch.\(name)")
        case .global(let global): return .opaque("\(global)")
        case .numpyType(let name): return .opaque("numpy.\(name)")
        case .storage(let storage): return .opaque("storage \(storage.key)")
        case .tensor(let tensor): return .tensor(try stored(tensor))
        }
    }

    private mutating func values(
        _ nodes: [Int], _ depth: Int
    ) throws(FileError) -> [PickleValue] {
        var result: [PickleValue] = []
        for node in nodes { result.append(try value(node, depth: depth + 1)) }
        return result
    }

    private mutating func stored(_ tensor: PickledTensor) throws(FileError) -> StoredTensor {
        let bytes = try place(tensor.storage)
        let storage = tensor.storage
        // Of a tensor without elements nothing was checked.
        let offset =
            tensor.shape.contains(0)
            ? 0 : storage.first * storage.elementSize + tensor.offset * tensor.type.size
        let stored = StoredTensor(
            type: tensor.type, shape: tensor.shape, name: "storage \(storage.key)", file: file,
            start: bytes.lowerBound + offset,
            strides: tensor.strides)
        if stored.strides != nil || stored.start % tensor.type.size != 0 {
            copied += stored.byteCount
            guard copied <= 4 * file.bytes.count else {
                throw FileError(
                    path: machine.path, field: machine.field,
                    problem: "has tensors that read the same storages over and over")
            }
        }
        return stored
    }
}
