/// The settings of a data set, as `Recipes/dataset.json` holds them.
public struct DatasetRecipe: Sendable, Hashable, Codable {
    /// How much of the object table is drawn.
    public enum Words: String, Sendable, Codable, CaseIterable {
        /// The lines flagged `core`: common things.
        case core
        /// Those, and the lines flagged `told`: what can be told from the rest when it is drawn.
        case told
        /// Every line.
        case all

        func chosen(of table: [VocabularyEntry]) -> [VocabularyEntry] {
            switch self {
            case .core: table.filter(\.isCore)
            case .told: table.filter { $0.isCore || $0.isTold }
            case .all: table
            }
        }
    }

    /// Shares of the four kinds of pictures; need not sum to one.
    public struct Mix: Sendable, Hashable, Codable {
        /// One object that fills the canvas.
        public var single = 0.40
        /// One smaller object at one of nine positions.
        public var place = 0.25
        /// Two objects that lie in a relation to each other.
        public var pair = 0.20
        /// Two and more of one object, up to ``DatasetRecipe/largestCount``.
        public var count = 0.15

        /// Weights of zero or more, one above zero.
        public init(
            single: Double = 0.40, place: Double = 0.25, pair: Double = 0.20, count: Double = 0.15
        ) {
            self.single = single
            self.place = place
            self.pair = pair
            self.count = count
        }
    }

    /// Weights of the drawing styles; need not sum to one.
    public struct Styles: Sendable, Hashable, Codable {
        /// Noto Color Emoji.
        public var plain = 0.70
        /// OpenMoji in colour.
        public var cartoon = 0.15
        /// OpenMoji's outlines, never tinted.
        public var line = 0.15
        /// Twemoji; nil is none, and its font is not asked for.
        public var flat: Double?

        /// Weights of zero or more, one above zero.
        public init(
            plain: Double = 0.70, cartoon: Double = 0.15, line: Double = 0.15,
            flat: Double? = nil
        ) {
            self.plain = plain
            self.cartoon = cartoon
            self.line = line
            self.flat = flat
        }

        /// The styles that there are drawings of, drawn or not.
        var drawn: [DrawingStyle] {
            DrawingStyle.allCases.filter { $0 != .flat || flat != nil }
        }

        func weight(_ style: DrawingStyle) -> Double {
            switch style {
            case .plain: plain
            case .cartoon: cartoon
            case .line: line
            case .flat: flat ?? 0
            }
        }
    }

    /// How much drawings of a thing differ from one picture to the next, beside small shifts.
    public struct Variety: Sendable, Hashable, Codable {
        /// Share of the drawings whose left and right are exchanged, of things that may be; see
        /// ``VocabularyEntry/isOneSided``.
        public var mirroredShare = 0.0
        /// Degrees that a drawing is turned by at most, either way.
        public var turn = 0
        /// Share of its usual side that a drawing lacks at most.
        public var shrink = 0.0

        /// As they are drawn.
        public init(mirroredShare: Double = 0, turn: Int = 0, shrink: Double = 0) {
            self.mirroredShare = mirroredShare
            self.turn = turn
            self.shrink = shrink
        }
    }

    /// The object table, relative to the recipe's own folder.
    public var objects = "objects.tsv"
    /// The objects that are drawn.
    public var vocabulary = Words.core
    /// How often each kind of picture is drawn.
    public var mix = Mix()
    /// How often each style is drawn; an object without a drawing in it is drawn plain.
    public var styles = Styles()
    /// The most of one object on a picture, 4 to 6; nil is 4.
    public var largestCount: Int?
    /// Probability that an object is tinted.
    public var colorProbability = 0.4
    /// Probability that the background is not white.
    public var backgroundProbability = 0.5
    /// Share of Chinese captions.
    public var chineseShare = 0.4
    /// Share of captions with a synonym instead of the plain noun.
    public var synonymShare = 0.15
    /// Share of captions with another wording of colour, place or background.
    public var rephrasedShare = 0.2
    /// Side of the pictures in pixels.
    public var pictureSize = 128
    /// Nil draws things as they are, as data sets before there was variety do.
    public var variety: Variety?
    /// What the stream of pictures begins from unless a ``Composer`` is told otherwise.
    public var seed: UInt64 = 0

    /// The values above; `Recipes/dataset.json` has shares of its own.
    public init() {}

    /// How many of one object there may be on a picture of several.
    public var counts: ClosedRange<Int> { 2...(largestCount ?? 4) }
}
