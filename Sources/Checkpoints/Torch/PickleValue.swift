/// A value of a torch file. Nothing of it was executed: what is no plain value or tensor is only
/// named.
public indirect enum PickleValue: Sendable {
    case none
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case bytes([UInt8])
    /// A list, a tuple or a set.
    case list([PickleValue])
    /// In the order of the file; of equal keys the last counts.
    case dictionary([PickleMember])
    case tensor(StoredTensor)
    /// A class, or an object of it, whose contents are left out.
    case opaque(String)

    /// The value for a key that is a string; nil where there is none or this is no dictionary.
    public subscript(key: String) -> PickleValue? {
        members?.last { $0.key.text == key }?.value
    }

    /// The members of a dictionary.
    public var members: [PickleMember]? {
        if case .dictionary(let members) = self { members } else { nil }
    }

    /// The string here.
    public var text: String? {
        if case .string(let text) = self { text } else { nil }
    }

    /// The integer here.
    public var integer: Int? {
        if case .integer(let integer) = self { integer } else { nil }
    }

    /// The tensor here.
    public var tensor: StoredTensor? {
        if case .tensor(let tensor) = self { tensor } else { nil }
    }
}

/// A key and its value in a dictionary of a torch file.
public struct PickleMember: Sendable {
    public let key: PickleValue
    public let value: PickleValue
}
