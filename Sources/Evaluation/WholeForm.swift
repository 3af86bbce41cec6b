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

    var json: JSONValue {
        [
            "trained": .integer(trained), "held_out": .integer(heldOut),
            "paired": .integer(paired),
        ]
    }
}
