import PinxitTensors

/// Several conditioners side by side, as SDXL has two: the features of each token's states behind
/// one another, and the pooled vector of the last that gives one.
public struct JoinedTextConditioner: TextConditioner {
    /// In the order of their features; each takes the whole text.
    public let parts: [any TextConditioner]

    /// - Precondition: at least one, and all of the same number of tokens.
    public init(_ parts: [any TextConditioner]) {
        precondition(!parts.isEmpty, "a conditioner of no parts")
        self.parts = parts
    }

    /// The sum of the parts'.
    public var stateWidth: Int { parts.reduce(0) { $0 + $1.stateWidth } }
    /// That of the last part that has one.
    public var pooledWidth: Int? { parts.compactMap(\.pooledWidth).last }

    /// The parts' states joined along the features; lengths are the first part's.
    public func callAsFunction(_ texts: [String], type: ElementType) -> TextConditioning {
        let made = parts.map { $0(texts, type: type) }
        return TextConditioning(
            states: concatenate(made.map(\.states), axis: 2),
            pooled: made.compactMap(\.pooled).last, lengths: made[0].lengths)
    }

    /// The first part's warning that there is.
    public func warning(about text: String) -> String? {
        parts.lazy.compactMap { $0.warning(about: text) }.first
    }
}
