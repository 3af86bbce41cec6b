import FoundationEssentials

/// What can go wrong with a picture from outside. `file` names it as the caller gave it.
public enum ImageError: Error, Equatable, CustomStringConvertible {
    /// A file that is missing or that the system refuses, or whose picture is damaged.
    case unreadable(file: String, reason: String)
    /// A picture of more pixels than the caller accepts.
    case tooLarge(file: String, width: Int, height: Int, limit: Int)
    /// The bytes begin as none of the formats that are read does; what they are, where it is known.
    case unknownFormat(file: String, found: String? = nil)
    /// The system refused the file or its folder.
    case cannotWrite(file: String, reason: String)
    /// A picture that its format cannot hold, or a PNG key that is not allowed.
    case cannotEncode(reason: String)

    /// One line, file first.
    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): \(Self.told("read", reason))"
        case .tooLarge(let file, let width, let height, let limit):
            "\(file): \(width)x\(height) pixels; at most \(limit) in all are accepted"
        case .unknownFormat(let file, let found):
            "\(file): is \(found ?? "no picture"); PNG, JPEG, WebP, GIF and BMP are accepted"
        case .cannotWrite(let file, let reason): "\(file): \(Self.told("written", reason))"
        case .cannotEncode(let reason): "the picture cannot be encoded: \(reason)"
        }
    }

    /// What the system refuses says so itself.
    private static func told(_ what: String, _ reason: String) -> String {
        reason.hasPrefix("cannot be ") ? reason : "cannot be \(what): \(reason)"
    }
}

extension ImageError: LocalizedError {
    public var errorDescription: String? { description }
}
