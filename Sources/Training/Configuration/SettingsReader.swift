import PinxitFiles

/// Reads a training configuration: every field by name, and a complaint about any that nothing
/// asked for.
///
/// A misspelt field would otherwise leave its default in force for hours.
final class SettingsReader {
    let field: JSONField
    private var known: Set<String> = []

    init(_ field: JSONField) { self.field = field }

    convenience init(file: String) throws { self.init(try JSONFile.read(file)) }

    /// The text of the configuration, to tell whether a run is resumed under another one.
    var text: String { field.value?.encoded() ?? "" }

    private func member(_ name: String) -> JSONField {
        known.insert(name)
        return field[name]
    }

    func int(_ name: String, or standard: Int? = nil, in range: ClosedRange<Int> = 0...Int.max)
        throws -> Int
    {
        let member = member(name)
        let value = try standard.map { try member.int(or: $0) } ?? member.int()
        guard range.contains(value) else {
            throw member.error("a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    func float(_ name: String, or standard: Double? = nil) throws -> Float {
        let member = member(name)
        let value = try standard.map { try member.double(or: $0) } ?? member.double()
        guard value.isFinite else { throw member.error("a finite number") }
        return Float(value)
    }

    func string(_ name: String, or standard: String? = nil) throws -> String {
        let member = member(name)
        return try standard.map { try member.string(or: $0) } ?? member.string()
    }

    func bool(_ name: String, or standard: Bool) throws -> Bool {
        try member(name).bool(or: standard)
    }

    func ints(_ name: String, or standard: [Int]) throws -> [Int] {
        let member = member(name)
        return member.exists ? try member.ints() : standard
    }

    func strings(_ name: String, or standard: [String]) throws -> [String] {
        let member = member(name)
        return member.exists ? try member.strings() : standard
    }

    /// A choice among the cases of an enumeration, by their raw values.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, or standard: Choice
    ) throws -> Choice where Choice.RawValue == String {
        let member = member(name)
        guard member.exists else { return standard }
        guard let choice = Choice(rawValue: try member.string()) else {
            throw member.error(
                "one of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return choice
    }

    /// The settings as a network's own configuration reads them; `keys` are those it knows.
    func whole<Value>(_ read: (JSONField) throws -> Value, keys: (Value) -> JSONValue) throws
        -> Value
    {
        let value = try read(field)
        if case .object(let members) = keys(value) { known.formUnion(members.map(\.name)) }
        return value
    }

    /// Choices among the cases of an enumeration, in the order given.
    func choices<Choice: RawRepresentable & CaseIterable>(
        _ name: String, or standard: [Choice]
    ) throws -> [Choice] where Choice.RawValue == String {
        let member = member(name)
        guard member.exists else { return standard }
        return try member.strings().map { word in
            guard let choice = Choice(rawValue: word) else {
                throw member.error(
                    "some of \(Choice.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return choice
        }
    }

    /// A group of settings.
    func group(_ name: String) throws -> SettingsReader { SettingsReader(member(name)) }

    /// Throws if the file has a field that was never read. `note` is free for remarks.
    func finish() throws {
        guard field.exists else { return }
        for (name, member) in try field.members() where !known.contains(name) && name != "note" {
            throw member.error("one of \(known.sorted().joined(separator: ", "))")
        }
    }
}
