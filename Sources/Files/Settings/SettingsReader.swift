/// Reads a recipe: every field by name, and a complaint about any that nothing asked for.
///
/// A misspelt field would otherwise leave its default in force for hours. What is asked for is
/// noted with its range and effect: that is the documentation of the format.
package final class SettingsReader {
    package let field: JSONField
    package let record: SettingsRecord
    private var known: Set<String> = []

    package init(_ field: JSONField, record: SettingsRecord = SettingsRecord()) {
        self.field = field
        self.record = record
    }

    /// The text of the recipe, to tell whether a run is resumed under another one.
    package var text: String { field.value?.encoded() ?? "" }

    package func int(
        _ name: String, or standard: Int? = nil, in range: ClosedRange<Int> = 0...Int.max,
        _ effect: String
    ) throws -> Int {
        let member = member(
            name, "whole number", range.words, standard.map(JSONValue.integer), effect)
        let value = try value(member, standard, standIn: range.lowerBound, { try $0.int() })
        guard range.contains(value) else { throw member.unsupported("\(value)", [range.words]) }
        return value
    }

    /// How many heads attention has: they divide a width. The kernels take heads of at most 512.
    package func int(
        _ name: String, or standard: Int, in range: ClosedRange<Int>, dividing whole: Int,
        called wholeName: String, _ effect: String
    ) throws -> Int {
        let value = try int(name, or: standard, in: range, effect)
        guard whole % value == 0, whole / value <= 512 else {
            throw field[name].unsupported(
                "\(value)",
                ["a divisor of \(wholeName), \(whole), that leaves heads of at most 512"])
        }
        return value
    }

    package func float(
        _ name: String, or standard: Double? = nil, in range: NumberRange = .any, _ effect: String
    ) throws -> Float {
        Float(try double(name, or: standard, in: range, effect))
    }

    package func double(
        _ name: String, or standard: Double? = nil, in range: NumberRange = .any, _ effect: String
    ) throws -> Double {
        let member = member(name, "number", range.text, standard.map(JSONValue.number), effect)
        let value = try value(
            member, standard, standIn: range.range.lowerBound, { try $0.double() })
        guard range.range.contains(value) else {
            throw member.unsupported("\(value)", [range.text == "any" ? "finite" : range.text])
        }
        return value
    }

    package func string(_ name: String, or standard: String? = nil, _ effect: String) throws
        -> String
    {
        let member = member(name, "text", "any", standard.map(JSONValue.string), effect)
        return try value(member, standard, standIn: "", { try $0.string() })
    }

    package func bool(_ name: String, or standard: Bool, _ effect: String) throws -> Bool {
        let member = member(name, "true or false", "either", .bool(standard), effect)
        return try value(member, standard, standIn: standard, { try $0.bool() })
    }

    /// A list of whole numbers.
    package func ints(
        _ name: String, or standard: [Int], count: ClosedRange<Int> = 1...16,
        each range: ClosedRange<Int>, _ effect: String
    ) throws -> [Int] {
        let accepted = "\(count.words) numbers, each \(range.words)"
        let member = member(
            name, "list of whole numbers", accepted, .array(standard.map(JSONValue.integer)),
            effect)
        let values = try value(member, standard, standIn: standard, { try $0.ints() })
        guard count.contains(values.count) else {
            throw member.unsupported("a list of \(values.count)", [accepted])
        }
        for value in values where !range.contains(value) {
            throw member.unsupported("\(value)", [accepted])
        }
        return values
    }

    package func strings(
        _ name: String, or standard: [String], count: ClosedRange<Int> = 0...1000, _ effect: String
    ) throws -> [String] {
        let member = member(
            name, "list of texts", "up to \(count.upperBound) texts",
            .array(standard.map(JSONValue.string)), effect)
        let values = try value(member, standard, standIn: standard, { try $0.strings() })
        guard count.contains(values.count) else {
            throw member.unsupported("a list of \(values.count)", ["\(count.words) texts"])
        }
        return values
    }

    /// A choice among the cases of an enumeration, by their raw values.
    package func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, or standard: Choice? = nil, _ effect: String
    ) throws -> Choice where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        let member = member(
            name, "text", words.joined(separator: ", "),
            standard.map { .string($0.rawValue) }, effect)
        let word = try value(
            member, standard?.rawValue, standIn: words[0], { try $0.string() })
        guard let choice = Choice(rawValue: word) else {
            throw member.unsupported("\"\(word)\"", words)
        }
        return choice
    }

    /// Choices among the cases of an enumeration, in the order given.
    package func choices<Choice: RawRepresentable & CaseIterable>(
        _ name: String, or standard: [Choice], _ effect: String
    ) throws -> [Choice] where Choice.RawValue == String {
        let words = Choice.allCases.map(\.rawValue)
        let member = member(
            name, "list of texts", "some of \(words.joined(separator: ", "))",
            .array(standard.map { .string($0.rawValue) }), effect)
        guard member.exists else { return standard }
        return try member.strings().map { word in
            guard let choice = Choice(rawValue: word) else {
                throw member.unsupported("\"\(word)\"", words)
            }
            return choice
        }
    }

    /// A group of settings.
    package func group(_ name: String) throws -> SettingsReader {
        known.insert(name)
        let member = field[name]
        if member.exists { _ = try member.members() }
        return SettingsReader(member, record: record)
    }

    /// Throws if the file has a field that was never read. `note` is free for remarks.
    package func finish() throws {
        guard field.exists else { return }
        for (name, member) in try field.members() where !known.contains(name) && name != "note" {
            let near = known.nearest(to: name).first.map { " (\($0)?)" } ?? ""
            throw FileError(
                path: member.file, field: member.path,
                problem: "is no setting here\(near); accepted: "
                    + known.sorted().joined(separator: ", "))
        }
    }

    private func member(
        _ name: String, _ type: String, _ accepted: String, _ standard: JSONValue?,
        _ effect: String
    ) -> JSONField {
        known.insert(name)
        let member = field[name]
        record.note(
            Setting(
                path: member.path, type: type, accepted: accepted, standard: standard,
                effect: effect))
        return member
    }

    private func value<Value>(
        _ member: JSONField, _ standard: Value?, standIn: Value, _ read: (JSONField) throws -> Value
    ) throws -> Value {
        if member.exists { return try read(member) }
        if let standard { return standard }
        return record.isDescribing ? standIn : try read(member)
    }
}
