import FoundationEssentials

/// What can go wrong with a picture from outside. `file` names it as the caller gave it.
public enum ImageError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case unknownFormat(file: String)
    case cannotWrite(file: String, reason: String)
    case cannotEncode(reason: String)

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .unknownFormat(let file): "\(file): neither PNG nor JPEG"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        case .cannotEncode(let reason): "the picture cannot be encoded: \(reason)"
        }
    }
}

extension ImageError: LocalizedError {
    public var errorDescription: String? { description }
}
