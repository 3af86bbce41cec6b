/// What the attention to words of a prompt is multiplied by.
public struct WordWeights: Sendable, Equatable {
    /// A word, and its factor: above 1 for more of it, 0 for none, below 0 for its opposite.
    public struct Weight: Sendable, Equatable {
        /// As it stands in the prompt, in either case.
        public var word: String
        /// -20 to 20.
        public var factor: Double

        /// - Parameter factor: -20 to 20.
        public init(_ word: String, _ factor: Double) { (self.word, self.factor) = (word, factor) }
    }

    /// At least one.
    public var all: [Weight]

    /// - Parameter all: At least one.
    public init(_ all: [Weight]) { self.all = all }

    /// The factor of a word; nil for one that is not named.
    func factor(of word: String) -> Double? {
        all.last { $0.word.lowercased() == word.lowercased() }?.factor
    }

    /// As it is typed.
    var text: String { all.map { "\($0.word)=\($0.factor)" }.joined(separator: ",") }
}

extension RequestBounds where Value == WordWeights {
    /// What can be typed, and so read again.
    static var factors: RequestBounds {
        RequestBounds(contains: { WordWeights(text: $0.text) == $0 }, text: "")
    }
}

extension WordWeights: RequestValue {
    /// `WORD=FACTOR`, several with commas between.
    public init?(text: String) {
        var all: [Weight] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let sides = part.split(separator: "=", omittingEmptySubsequences: false)
            guard sides.count == 2, let factor = Double(sides[1]), (-20...20).contains(factor)
            else { return nil }
            let word = sides[0].filter { !$0.isWhitespace }
            guard !word.isEmpty else { return nil }
            all.append(Weight(word, factor))
        }
        self.init(all)
    }

    /// In words.
    public static var accepted: String { "WORD=FACTOR,… with factors from -20 to 20" }

    /// - Throws: `DecodingError` for a text that is none.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let weights = WordWeights(text: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\(Self.accepted) is accepted")
        }
        self = weights
    }

    /// The text that is typed.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}
