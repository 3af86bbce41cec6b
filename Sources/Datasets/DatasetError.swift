import FoundationEssentials
import PinxitPlatform

/// What can be wrong with the files a data set is made from or loaded from.
public enum DatasetError: Error, Equatable, CustomStringConvertible {
    /// A source file, font or sprite that is missing or is not what its name says.
    case unreadable(file: String, reason: String)
    /// A file or folder of the data set that the system refused.
    case cannotWrite(file: String, reason: String)
    /// `Recipes/objects.tsv` or a Unicode table; `line` counts from 1.
    case badTable(file: String, line: Int, reason: String)
    /// A recipe that is no JSON of its form, or with a value out of range.
    case badRecipe(file: String, reason: String)
    /// A font without the tables the sprites are read from.
    case badFont(file: String, reason: String)
    /// A `manifest.json` of another form or version, or whose lists do not agree.
    case badManifest(file: String, reason: String)
    /// A sprite that the manifest names is not in the folder.
    case missingSprite(file: String)
    /// The paths of the source files that are still to be downloaded.
    case missingSources([String])
    /// The paths of source files that are other ones than this program was tested with.
    case alteredSources([String])

    /// One line, file first; for missing or altered sources one more line each.
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
        case .alteredSources(let files):
            "source files are not those this program was tested with, by their SHA-256:\n"
                + files.map { "  \($0)" }.joined(separator: "\n")
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

extension DatasetError: LocalizedError {
    public var errorDescription: String? { description }
}
