/// Who asks, and so what is there: what is another's is as if it had never been.
public struct Asker: Sendable, Equatable {
    /// Whose jobs it asks for, and whose it sees.
    public let owner: String
    /// Whose share of painting it takes.
    public let payer: String
    /// Whether it sees what is others', too.
    public let seesAll: Bool

    /// Somebody who comes in by a door.
    public init(owner: String, payer: String = "", seesAll: Bool = false) {
        (self.owner, self.payer, self.seesAll) = (owner, payer, seesAll)
    }

    /// The server itself.
    public static let server = Asker(owner: "", seesAll: true)

    /// The same one, who minds what is its own.
    public var alone: Asker { Asker(owner: owner, payer: payer) }

    /// Whether what has this owner is there for it.
    func sees(_ owner: String) -> Bool { seesAll || owner == self.owner }
}
