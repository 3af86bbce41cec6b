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
        self.init(name: name, digest: SHA256.digest(Array(key.utf8)), scope: scope)
    }

    private init(name: String, digest: [UInt8], scope: Scope) {
        (self.name, self.digest, self.scope) = (name, digest, scope)
    }

    /// What stands for a key in a file before its SHA-256 in hexadecimal digits.
    private static let digestMark = "sha256:"

    /// The digest of a key as a file has it: the key itself, or ``digestMark`` and its digest.
    private static func digest(_ text: Substring) -> [UInt8]? {
        guard text.hasPrefix(digestMark) else {
            return text.utf8.count >= 16 ? SHA256.digest(Array(text.utf8)) : nil
        }
        let digits = text.dropFirst(digestMark.count).compactMap(\.hexDigitValue)
        guard digits.count == 64, text.count == digestMark.count + 64 else { return nil }
        return stride(from: 0, to: 64, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
    }

    /// Keys of a file: one a line, `NAME KEY`, `NAME KEY SCOPE` or the key alone; `#` begins a
    /// comment. In place of a key `sha256:` and its digest may stand. Without a scope a key lets do
    /// everything.
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
            guard words.count <= 3, let digest = digest(key), let scope else {
                throw FileError(
                    path: file,
                    problem: "a line is NAME KEY or NAME KEY SCOPE; a key has 16 characters or "
                        + "more, or is sha256: and its 64 digits; a scope is read, generate or admin"
                )
            }
            keys.append(
                AccessKey(
                    name: words.count > 1 ? String(words[0]) : "key\(keys.count + 1)",
                    digest: digest, scope: scope))
        }
        guard !keys.isEmpty else { throw FileError(path: file, problem: "holds no key") }
        return keys
    }

    /// The one of these that somebody has sent. Each takes the same time, whichever was sent.
    static func sent(_ text: String, of keys: [AccessKey]) -> AccessKey? {
        let digest = SHA256.digest(Array(text.utf8))
        return keys.first { zip($0.digest, digest).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0 }
    }
}
