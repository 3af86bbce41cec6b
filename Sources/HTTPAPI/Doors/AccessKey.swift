import PinxitFiles

/// A key that lets somebody in. Only its digest is held.
public struct AccessKey: Sendable {
    /// What a key lets do; each has what those before have.
    public enum Scope: String, Sendable, CaseIterable, Comparable {
        /// See what there is, and what was painted for keys of the same name.
        case read
        /// Ask for pictures, and change what is its own.
        case generate
        /// See and change everybody's, and pause the queue.
        case admin

        private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
        /// Whether the other has more.
        public static func < (a: Scope, b: Scope) -> Bool { a.rank < b.rank }
    }

    /// Whose it is.
    public let name: String
    /// What it lets do.
    public let scope: Scope
    let digest: [UInt8]

    /// A key as it is typed.
    public init(name: String, key: String, scope: Scope = .admin) {
        self.name = name
        self.scope = scope
        digest = SHA256.digest(Array(key.utf8))
    }

    /// Keys of a file: one a line, `NAME KEY`, `NAME KEY SCOPE` or the key alone; `#` begins a
    /// comment. Without a scope a key lets do everything.
    ///
    /// - Throws: `FileError` for a file that cannot be read, a key that is short, or none at all.
    public static func read(_ file: String) throws(FileError) -> [AccessKey] {
        let text = String(decoding: try readFile(file, limit: 1 << 20), as: UTF8.self)
        var keys: [AccessKey] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let last = words.last, !line.hasPrefix("#") else { continue }
            let key = words.count == 1 ? last : words[1]
            let scope = words.count == 3 ? Scope(rawValue: String(last)) : .admin
            guard words.count <= 3, key.utf8.count >= 16, let scope else {
                throw FileError(
                    path: file,
                    problem: "a line is NAME KEY or NAME KEY SCOPE; a key has 16 characters or "
                        + "more, a scope is read, generate or admin")
            }
            keys.append(
                AccessKey(
                    name: words.count > 1 ? String(words[0]) : "key\(keys.count + 1)",
                    key: String(key), scope: scope))
        }
        guard !keys.isEmpty else { throw FileError(path: file, problem: "holds no key") }
        return keys
    }

    /// Whether this is the key; it takes the same time for any other.
    func matches(_ other: String) -> Bool {
        zip(digest, SHA256.digest(Array(other.utf8))).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
