import PinxitFiles

/// How many prompts the whole evaluation asks, shared out evenly over the attributes. The short
/// form's prompts are among them.
public struct WholeForm: Sendable, Hashable {
    /// Prompts of combinations that training pictures have, those of plain objects among them.
    public var trained = 1000
    /// Prompts of combinations that no training picture has.
    public var heldOut = 1000
    /// Prompts of each attribute that are painted in both languages, as far as there are so many.
    public var paired = 200

    /// The numbers above.
    public init() {}

    /// - Throws: `FileError` naming the field that is wrong. Fields left out keep their defaults.
    init(_ json: JSONField) throws(FileError) {
        for (name, field) in try json.members()
        where !["trained", "held_out", "paired"].contains(name) {
            throw FileError(
                path: json.file, field: field.path,
                problem: "is unknown; accepted are trained, held_out, paired")
        }
        let numbers = 1...1_000_000
        trained = try EvaluationConfiguration.number(json["trained"], or: trained, in: numbers)
        heldOut = try EvaluationConfiguration.number(json["held_out"], or: heldOut, in: numbers)
        paired = try EvaluationConfiguration.number(
            json["paired"], or: paired, in: 0...numbers.upperBound)
    }

    var json: JSONValue {
        [
            "trained": .integer(trained), "held_out": .integer(heldOut),
            "paired": .integer(paired),
        ]
    }
}
