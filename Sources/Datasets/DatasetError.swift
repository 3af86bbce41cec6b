import FoundationEssentials
import PinxitPlatform

/// What can be wrong with the files a data set is made from or loaded from.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
    case unreadable(file: String, reason: String)
    case cannotWrite(file: String, reason: String)
    case badTable(file: String, line: Int, reason: String)
    case badRecipe(file: String, reason: String)
    case badFont(file: String, reason: String)
    case badManifest(file: String, reason: String)
    case missingSprite(file: String)
    case missingSources([String])

    public var description: String {
        switch self {
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .cannotWrite(let file, let reason): "\(file): cannot be written: \(reason)"
        case .badTable(let file, let line, let reason): "\(file):\(line): \(reason)"
        case .badRecipe(let file, let reason): "\(file): \(reason)"
        case .badFont(let file, let reason): "\(file): \(reason)"
        case .badManifest(let file, let reason): "\(file): \(reason)"
        case .missingSprite(let file): "\(file): the manifest names this sprite, it is missing"
        case .missingSources(let files):
            "source files are missing:\n" + files.map { "  \($0)" }.joined(separator: "\n")
        }
    }
}

/// Why the system refused, in its own words: Foundation's errors describe themselves over many
/// lines.
func systemReason(_ error: any Error) -> String {
    guard let cocoa = error as? CocoaError,
        let posix = cocoa.userInfo["NSUnderlyingError"] as? POSIXError
    else { return "\(error)" }
    return String(cString: strerror(posix.code.rawValue))
}
