import PinxitFiles

/// A key that lets somebody in. Only its digest is held.
public struct AccessKey: Sendable {
    /// Whose it is.
    public let name: String
    private let digest: [UInt8]

    /// A key as it is typed.
    public init(name: String, key: String) {
        self.name = name
        digest = SHA256.digest(Array(key.utf8))
    }

    /// Keys of a file: one a line, `NAME KEY` or the key alone; `#` begins a comment.
    ///
    /// - Throws: `FileError` for a file that cannot be read, a key that is short, or none at all.
    public static func read(_ file: String) throws(FileError) -> [AccessKey] {
        let text = String(decoding: try readFile(file, limit: 1 << 20), as: UTF8.self)
        var keys: [AccessKey] = []
        for line in text.split(whereSeparator: \.isNewline) {
            let words = line.split(whereSeparator: \.isWhitespace)
            guard let key = words.last, !line.hasPrefix("#") else { continue }
            guard words.count <= 2, key.utf8.count >= 16 else {
                throw FileError(
                    path: file, problem: "a line is NAME KEY, and a key has 16 characters or more")
            }
            keys.append(
                AccessKey(
                    name: words.count == 2 ? String(words[0]) : "key\(keys.count + 1)",
                    key: String(key)))
        }
        guard !keys.isEmpty else { throw FileError(path: file, problem: "holds no key") }
        return keys
    }

    /// Whether this is the key; it takes the same time for any other.
    func matches(_ other: String) -> Bool {
        zip(digest, SHA256.digest(Array(other.utf8))).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
