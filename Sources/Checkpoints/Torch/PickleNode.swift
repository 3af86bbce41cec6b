/// A value while a pickle is read. Values refer to each other by their place in one array, since
/// they are changed after others hold them, and may be nested without end.
enum PickleNode {
    case none
    case bool(Bool)
    case integer(Int)
    /// An integer beyond 64 bits: its bytes, lowest first.
    case longInteger([UInt8])
    case number(Double)
    case string(String)
    case bytes([UInt8])
    case list([Int])
    case tuple([Int])
    /// Keys and values in turn.
    case dictionary([Int])
    case parameterDictionary
    case global(PickleGlobal)
    /// A numpy type, such as `f8`.
    case numpyType(String)
    /// An object of a class on the list, by its name.
    case object(String)
    indirect case storage(PickledStorage)
    indirect case tensor(PickledTensor)

    var text: String? {
        if case .string(let text) = self { text } else { nil }
    }
    var integer: Int? {
        if case .integer(let integer) = self { integer } else { nil }
    }
    /// The elements of a tuple or list.
    var elements: [Int]? {
        switch self {
        case .tuple(let elements), .list(let elements): elements
        default: nil
        }
    }
}

/// A reference to a storage: a run of elements that tensors share.
struct PickledStorage {
    let key: String
    /// Nil for untyped bytes.
    let type: SafetensorsType?
    /// Elements before the first, where it is a part of the storage of that key.
    var first = 0
    let count: Int
    /// Elements of the whole storage of that key.
    let total: Int

    /// Bytes of an element; a byte is one where there is no type.
    var elementSize: Int { type?.size ?? 1 }
}

/// A tensor over a storage, whose elements all lie in it as far as it says how many it has.
struct PickledTensor {
    let storage: PickledStorage
    let type: SafetensorsType
    let offset: Int
    let shape: [Int]
    /// Nil where they are those of rows without gaps.
    let strides: [Int]?
}

extension PickleNode {
    /// What a copy of it takes, about.
    var copiedBytes: Int {
        switch self {
        case .bytes(let bytes): bytes.count
        case .list(let elements), .tuple(let elements), .dictionary(let elements):
            8 * elements.count
        default: 0
        }
    }
}
