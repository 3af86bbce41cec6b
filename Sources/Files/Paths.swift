// Paths have one convention: a folder's path is taken with or without a slash at its end, and
// nobody but these functions cares.

import FoundationEssentials
import PinxitPlatform

extension String {
    /// The path of something in the folder that this path names.
    public func path(_ name: String) -> String {
        isEmpty || hasSuffix("/") ? self + name : "\(self)/\(name)"
    }

    /// The same path without slashes at its end, to which a name can be added.
    public var withoutSlash: String {
        var path = self
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }

    /// The folder part of this path; empty for the present folder.
    public var parentPath: String {
        guard let slash = lastIndex(of: "/") else { return "" }
        return slash == startIndex ? "/" : String(self[..<slash])
    }

    /// The last part of this path: a file's or a folder's own name.
    public var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

/// Where links lead to, from the root of all folders; the path itself where nothing is there.
package func followed(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
}

/// Where a program keeps what it can make again: `$XDG_CACHE_HOME/pinxit`, or below `~/.cache`.
public func cacheFolder() -> String {
    let environment = ProcessInfo.processInfo.environment
    let base = environment["XDG_CACHE_HOME"].flatMap { $0.isEmpty ? nil : $0 }
    return (base ?? (environment["HOME"] ?? ".").path(".cache")).path("pinxit")
}
