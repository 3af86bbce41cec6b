// Paths have one convention: a folder's path is taken with or without a slash at its end, and
// nobody but these functions cares.

extension String {
    /// The path of something in the folder that this path names.
    public func path(_ name: String) -> String {
        isEmpty || hasSuffix("/") ? self + name : "\(self)/\(name)"
    }

    /// The folder part of this path; empty for the present folder.
    public var parentPath: String {
        guard let slash = lastIndex(of: "/") else { return "" }
        return slash == startIndex ? "/" : String(self[..<slash])
    }

    /// The last part of this path: a file's or a folder's own name.
    public var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}
