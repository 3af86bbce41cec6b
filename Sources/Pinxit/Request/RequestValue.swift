import PinxitImages
import PinxitSamplers

/// A type that values of options have.
public protocol RequestValue: Codable, Equatable, Sendable {
    /// The value that a text says, as on a command line or in a query; nil if it says none.
    init?(text: String)
    /// What texts are accepted, in words.
    static var accepted: String { get }
}

extension Int: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(text) }
    /// In words.
    public static var accepted: String { "a whole number" }
}

extension Bool: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(text) }
    /// In words.
    public static var accepted: String { "true or false" }
}

extension UInt32: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(text) }
    /// In words.
    public static var accepted: String { "a whole number from 0 to \(UInt32.max)" }
}

extension Double: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(text) }
    /// In words.
    public static var accepted: String { "a number" }
}

extension String: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self = text }
    /// In words.
    public static var accepted: String { "a text" }
}

extension Sampler: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(name: text) }
}

extension TimestepSpacing: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension NoiseCurve: RequestValue {
    /// The whole text is read; other programs' names too, such as "SGM Uniform".
    public init?(text: String) {
        let named = ScheduleName(text)
        guard let curve = Self(rawValue: text.lowercased()) ?? named?.curve,
            curve != .normal || named?.spacing != .trailing && named?.spacing != .leading
        else { return nil }
        self = curve
    }
    /// The names there are.
    public static var accepted: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

extension PredictionType: RequestValue {
    /// The whole text is read; `v` is `v_prediction`. A flow has another schedule and cannot be
    /// asked for.
    public init?(text: String) {
        let name = text.lowercased()
        self.init(rawValue: name == "v" ? Self.velocity.rawValue : name)
        if self == .flow { return nil }
    }
    /// The names there are.
    public static var accepted: String {
        [Self.epsilon, .velocity, .sample].map(\.rawValue).joined(separator: ", ")
    }
}

extension Precision: RequestValue {
    /// The whole text is read.
    public init?(text: String) { self.init(rawValue: text.lowercased()) }
}

extension ClosedRange<Double>: RequestValue {
    /// `START-END`, such as `0.1-0.8`.
    public init?(text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 2, let start = parts[0], let end = parts[1], start <= end else {
            return nil
        }
        self = start...end
    }

    /// In words.
    public static var accepted: String { "START-END (such as 0.1-0.8)" }
}

extension Picture: RequestValue {
    /// A text on a command line would be a path, which only the program there may open.
    public init?(text: String) { nil }
    /// In words.
    public static var accepted: String { "a PNG, JPEG, WebP, GIF or BMP picture" }
}
