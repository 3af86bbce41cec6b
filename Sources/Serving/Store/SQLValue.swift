import FoundationEssentials

/// What is in a cell.
enum SQLValue: Sendable, Equatable {
    case null
    case integer(Int64)
    case real(Double)
    case text(String)
    case bytes(Data)
}

/// What may be an argument of a statement.
protocol SQLConvertible { var sqlValue: SQLValue { get } }

extension Int: SQLConvertible { var sqlValue: SQLValue { .integer(Int64(self)) } }
extension Int64: SQLConvertible { var sqlValue: SQLValue { .integer(self) } }
extension Bool: SQLConvertible { var sqlValue: SQLValue { .integer(self ? 1 : 0) } }
extension Double: SQLConvertible { var sqlValue: SQLValue { .real(self) } }
extension String: SQLConvertible { var sqlValue: SQLValue { .text(self) } }
extension Data: SQLConvertible { var sqlValue: SQLValue { .bytes(self) } }
extension Optional: SQLConvertible where Wrapped: SQLConvertible {
    var sqlValue: SQLValue { self?.sqlValue ?? .null }
}

/// What a cell may be read as.
protocol SQLReadable { init?(_ value: SQLValue) }

extension Int64: SQLReadable {
    init?(_ value: SQLValue) {
        switch value {
        case .integer(let number): self = number
        case .real(let number): self.init(exactly: number)
        default: return nil
        }
    }
}

extension Int: SQLReadable {
    init?(_ value: SQLValue) {
        guard let number = Int64(value) else { return nil }
        self = Int(number)
    }
}

extension Double: SQLReadable {
    init?(_ value: SQLValue) {
        switch value {
        case .integer(let number): self = Double(number)
        case .real(let number): self = number
        default: return nil
        }
    }
}

extension Bool: SQLReadable {
    init?(_ value: SQLValue) {
        guard let number = Int64(value) else { return nil }
        self = number != 0
    }
}

extension String: SQLReadable {
    init?(_ value: SQLValue) {
        guard case .text(let text) = value else { return nil }
        self = text
    }
}

extension Data: SQLReadable {
    init?(_ value: SQLValue) {
        guard case .bytes(let bytes) = value else { return nil }
        self = bytes
    }
}

/// A row of a result.
struct SQLRow: Sendable {
    let names: [String]
    let values: [SQLValue]

    /// A cell that has something in it, as the table says; a statement that is wrong traps.
    subscript<Value: SQLReadable>(_ name: String) -> Value {
        guard let value: Value = self[name] else {
            preconditionFailure("\(name) is \(cell(name)), which is no \(Value.self)")
        }
        return value
    }

    /// A cell that may be empty.
    subscript<Value: SQLReadable>(_ name: String) -> Value? { Value(cell(name)) }

    private func cell(_ name: String) -> SQLValue {
        guard let index = names.firstIndex(of: name) else {
            preconditionFailure("\(name) is not among the columns \(names)")
        }
        return values[index]
    }
}
