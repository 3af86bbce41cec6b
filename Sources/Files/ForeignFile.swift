/// What often lies where a download should: recognised by its first bytes.
public enum ForeignFile: Sendable {
    /// What git leaves in the place of a large file where git-lfs is not installed.
    case gitLFSPointer
    /// A page that a site sent instead of the file.
    case webPage

    /// Nil for anything else.
    public init?(_ bytes: UnsafeRawBufferPointer) {
        let start = String(decoding: bytes.prefix(256), as: UTF8.self)
        let text = start.drop { $0.isWhitespace || $0 == "\u{FEFF}" }.lowercased()
        if text.hasPrefix("version https://git-lfs.github.com/") {
            self = .gitLFSPointer
        } else if text.hasPrefix("<!doctype html") || text.hasPrefix("<html") {
            self = .webPage
        } else {
            return nil
        }
    }

    /// Says what it is and how to get the file itself.
    public func error(_ path: String) -> FileError {
        switch self {
        case .gitLFSPointer:
            FileError(
                path: path,
                problem: "is a git-lfs pointer, not the file itself; `git lfs pull` in the folder "
                    + "it was cloned to brings that")
        case .webPage:
            FileError(
                path: path,
                problem: "is a web page, not the file itself; it has to be downloaded again")
        }
    }
}
