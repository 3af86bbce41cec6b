/// What one composed picture shows, in full: two equal specs render to equal pixels.
public struct PictureSpec: Sendable, Hashable, Codable {
    /// One drawn object: its key in the vocabulary (code points in hex) and its tint.
    public struct Part: Sendable, Hashable, Codable {
        /// Code points in hex joined by `_`, a ``VocabularyEntry/key``.
        public var object: String
        /// Nil for the drawing's own colours.
        public var color: TintColor?

        /// An object of the vocabulary; that it is one is checked where the spec is rendered.
        public init(object: String, color: TintColor? = nil) {
            self.object = object
            self.color = color
        }
    }

    /// How the parts lie on the canvas.
    public enum Layout: Sendable, Hashable, Codable {
        /// One object that fills the canvas.
        case single
        /// One smaller object at one of nine positions.
        case place(Position, ObjectSize)
        /// The first part lies `relation` the second.
        case pair(Relation)
        /// Two to six of the same.
        case count(Int)
    }

    /// What kind of picture it is, and where its parts lie.
    public var layout: Layout
    /// Two for a pair, else one.
    public var parts: [Part]
    /// Of all parts. A ``Composer`` tints none in `.line`.
    public var style: DrawingStyle
    /// One flat colour behind everything.
    public var background: Background
    /// Small offsets and scale changes within the layout are drawn from this.
    public var jitter: UInt64

    /// Any combination may be made by hand; only a ``Composer`` keeps to what its library can draw.
    public init(
        layout: Layout, parts: [Part], style: DrawingStyle = .plain,
        background: Background = .white, jitter: UInt64 = 0
    ) {
        self.layout = layout
        self.parts = parts
        self.style = style
        self.background = background
        self.jitter = jitter
    }
}

/// Whose drawing is used. The raw value names the sprite folder.
public enum DrawingStyle: String, Sendable, CaseIterable, Codable, CodingKeyRepresentable {
    /// Noto Color Emoji; captions say nothing.
    case plain
    /// OpenMoji in colour: "a cartoon of …".
    case cartoon
    /// OpenMoji's black layers only: "a line drawing of …".
    case line
    /// Twemoji: "a flat drawing of …".
    case flat
}

/// A colour things are tinted in. The raw value is its English word.
public enum TintColor: String, Sendable, CaseIterable, Codable {
    case red, orange, yellow, green, blue, purple, pink, brown, gray, black

    /// Red, green and blue in sRGB: what the drawing's median luminance becomes.
    public var rgb: (UInt8, UInt8, UInt8) {
        switch self {
        case .red: (222, 40, 40)
        case .orange: (245, 130, 30)
        case .yellow: (250, 208, 30)
        case .green: (52, 160, 66)
        case .blue: (48, 104, 220)
        case .purple: (136, 62, 180)
        case .pink: (248, 130, 178)
        case .brown: (134, 82, 44)
        case .gray: (140, 142, 146)
        case .black: (42, 42, 46)
        }
    }
}

/// A colour behind things, paler than the ``TintColor`` of the same word.
public enum Background: String, Sendable, CaseIterable, Codable {
    case white, red, orange, yellow, green, blue, purple, pink, gray

    /// Red, green and blue in sRGB.
    public var rgb: (UInt8, UInt8, UInt8) {
        switch self {
        case .white: (255, 255, 255)
        case .red: (240, 118, 110)
        case .orange: (255, 188, 112)
        case .yellow: (255, 236, 130)
        case .green: (146, 214, 138)
        case .blue: (142, 192, 252)
        case .purple: (200, 164, 236)
        case .pink: (255, 194, 218)
        case .gray: (198, 200, 204)
        }
    }

    /// All that captions mention: every one but white.
    public static let colored: [Background] = allCases.filter { $0 != .white }
}

/// Where on the canvas one object lies: a grid of three by three, in rows from the top. The raw
/// value is its English phrase.
public enum Position: String, Sendable, CaseIterable, Codable {
    case topLeft = "top left"
    case top
    case topRight = "top right"
    case left, center, right
    case bottomLeft = "bottom left"
    case bottom
    case bottomRight = "bottom right"

    /// Column and row, each -1, 0 or 1.
    var direction: (x: Int, y: Int) {
        let index = Position.allCases.firstIndex(of: self)!
        return (index % 3 - 1, index / 3 - 1)
    }
}

/// The side of a placed object: 0.38 of the canvas's, which captions call small, or 0.54, of which
/// they say nothing.
public enum ObjectSize: String, Sendable, CaseIterable, Codable {
    case small, medium
}

/// How the first thing of a pair lies to the second, as one sees it; `beside` is left or right.
public enum Relation: String, Sendable, CaseIterable, Codable {
    case left, right, above, below, beside

    /// How the second thing lies to the first.
    var opposite: Relation {
        switch self {
        case .left: .right
        case .right: .left
        case .above: .below
        case .below: .above
        case .beside: .beside
        }
    }
}
