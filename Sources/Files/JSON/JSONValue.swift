/// A JSON value (RFC 8259). Members keep their order, and their names are compared byte by byte:
/// `String`'s own equality would take two spellings of "é" for the same name.
public enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// Written without fraction or exponent and in the range of `Int`.
    case integer(Int)
    /// Any other number; not finite where `NaN` or `Infinity` was parsed, as Python writes them.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in their order; parsed ones have different names.
    case object([JSONMember])

    /// The member of that name, or nil where there is none or this is no object.
    public subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }

    /// What kind of value it is, for messages.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}

/// A name and its value in a JSON object.
public struct JSONMember: Sendable {
    /// As in the file, without quotes or escapes.
    public var name: String
    /// What stands behind the colon.
    public var value: JSONValue

    /// A member of an object to be written.
    public init(_ name: String, _ value: JSONValue) {
        self.name = name
        self.value = value
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    /// `.string`.
    public init(stringLiteral value: String) { self = .string(value) }
    /// `.integer`.
    public init(integerLiteral value: Int) { self = .integer(value) }
    /// `.number`; it must be finite to be written.
    public init(floatLiteral value: Double) { self = .number(value) }
    /// `.bool`.
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    /// `.array`, in order.
    public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// `.null`.
    public init(nilLiteral: ()) { self = .null }
    /// `.object`, in order; that names differ is not checked.
    public init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { JSONMember($0.0, $0.1) })
    }
}
