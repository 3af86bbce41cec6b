import PinxitDatasets
import PinxitFiles

/// What ``CaptionRetrieval`` found.
public struct RetrievalReport: Sendable, Hashable {
    /// What is asked for by what. The raw value is the JSON's.
    public enum Direction: String, Sendable, CaseIterable {
        /// The captions of a picture.
        case toText = "picture_to_text"
        /// The pictures of a caption.
        case toPicture = "text_to_picture"

        var words: String { self == .toText ? "picture to text" : "text to picture" }
    }

    /// How often a right answer is among the first `rank`.
    public struct Row: Sendable, Hashable {
        /// That of the captions.
        public var language: CaptionLanguage
        /// Whether captions are looked for, or pictures.
        public var direction: Direction
        /// How many of the nearest are looked at: 1, 5 or 10.
        public var rank: Int
        /// The model's share, 0 to 1.
        public var model: Double
        /// A bag of words in the model's place.
        public var words: Double
        /// Anything that ignores the query.
        public var chance: Double
    }

    /// Pictures, and so captions.
    public var count: Int
    /// What the pictures were drawn by.
    public var seed: UInt64
    /// For each language, direction and rank, in that order.
    public var rows: [Row]

    /// The row of a language, direction and rank.
    public func row(_ language: CaptionLanguage, _ direction: Direction, _ rank: Int) -> Row? {
        rows.first { $0.language == language && $0.direction == direction && $0.rank == rank }
    }

    /// A table for people, one line per figure.
    public var table: String {
        let head = ["language", "direction", "rank", "model", "words", "chance", "n"]
        let lines = rows.map { row in
            [
                row.language.rawValue, row.direction.words, "R@\(row.rank)", share(row.model),
                share(row.words), share(row.chance), "\(count)",
            ]
        }
        return ([head] + lines).map { aligned($0, widths: [10, 17, 6, 8, 8, 8, 4]) }
            .joined(separator: "\n")
    }

    /// The report as JSON, without dates and times: the same model gives the same file.
    public func json(model: String) -> JSONValue {
        [
            "format": 1, "model": .string(model), "count": .integer(count),
            "seed": .integer(Int(clamping: seed)), "retrieval": .array(rows.map(\.json)),
        ]
    }

    private func share(_ value: Double) -> String {
        value < 0.9995 ? ".\(zeroPadded(Int((value * 1000).rounded()), 3))" : "1.000"
    }
}

extension RetrievalReport.Row {
    var json: JSONValue {
        [
            "language": .string(language.rawValue), "direction": .string(direction.rawValue),
            "rank": .integer(rank), "model": .number(model), "words": .number(words),
            "chance": .number(chance),
        ]
    }
}
