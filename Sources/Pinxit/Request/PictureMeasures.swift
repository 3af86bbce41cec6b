/// Width and height in pixels, written `1024x768`.
public struct PictureSize: Sendable, Hashable {
    /// In pixels.
    public var width: Int
    /// In pixels.
    public var height: Int

    /// Any two numbers; the bounds are the option's.
    public init(width: Int, height: Int) { (self.width, self.height) = (width, height) }
}

/// A place in a picture in pixels, from the left and from the top, written `0,16`.
public struct PicturePlace: Sendable, Hashable {
    /// From the left.
    public var left: Int
    /// From the top.
    public var top: Int

    /// Any two numbers; the bounds are the option's.
    public init(left: Int, top: Int) { (self.left, self.top) = (left, top) }
}

extension PictureSize: TextualValue {
    /// `1024x768`.
    public init?(text: String) {
        guard let (width, height) = pair(text, separator: "x") else { return nil }
        self.init(width: width, height: height)
    }
    /// As it is written.
    public var description: String { "\(width)x\(height)" }
    /// In words.
    public static var accepted: String { "WIDTHxHEIGHT (such as 1024x768)" }
}

extension PicturePlace: TextualValue {
    /// `0,16`.
    public init?(text: String) {
        guard let (left, top) = pair(text, separator: ",") else { return nil }
        self.init(left: left, top: top)
    }
    /// As it is written.
    public var description: String { "\(left),\(top)" }
    /// In words.
    public static var accepted: String { "LEFT,TOP (such as 0,16)" }
}

private func pair(_ text: String, separator: Character) -> (Int, Int)? {
    let parts = text.lowercased().split(separator: separator, omittingEmptySubsequences: false)
    guard parts.count == 2, let first = Int(parts[0]), let second = Int(parts[1]), first >= 0,
        second >= 0
    else { return nil }
    return (first, second)
}

/// A value that is a string in JSON too, as it is written.
protocol TextualValue: RequestValue, CustomStringConvertible {}

extension TextualValue {
    /// - Throws: `DecodingError` saying what is accepted.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let value = Self(text: text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "\"\(text)\" is not \(Self.accepted)")
        }
        self = value
    }

    /// The string that ``init(from:)`` reads.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

extension RequestBounds where Value == PictureSize {
    /// What any picture has.
    static var sizes: RequestBounds {
        RequestBounds(
            contains: { (1...65536).contains($0.width) && (1...65536).contains($0.height) },
            text: "from 1x1 to 65536x65536")
    }
}

extension RequestBounds where Value == PicturePlace {
    /// What lies in any picture.
    static var places: RequestBounds {
        RequestBounds(
            contains: { (0...65536).contains($0.left) && (0...65536).contains($0.top) },
            text: "from 0,0 to 65536,65536")
    }
}
