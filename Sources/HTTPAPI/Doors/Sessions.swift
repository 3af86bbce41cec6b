import FoundationEssentials
import HTTPTypes
import Hummingbird
import PinxitFiles

/// Browsers that came in with a key: `EventSource` cannot send one. A session is signed and not
/// remembered, so that it holds at every server with the same store and keys, also after a restart.
struct Sessions: Sendable {
    private let secret: [UInt8]
    /// By what sessions call them: whoever comes, one signature is made, however many there are.
    private let keys: [String: AccessKey]
    private static let cookieName = "pinxit_session"
    private static let seconds = 30 * 86400

    /// - Parameter secret: What nobody outside knows.
    init(secret: String, keys: [AccessKey]) {
        self.secret = Array(secret.utf8)
        self.keys = Dictionary(keys.map { (Self.name($0), $0) }) { first, _ in first }
    }

    /// Lets somebody in.
    ///
    /// - Parameter time: In seconds since 1970.
    /// - Returns: The cookie to set.
    func begin(_ key: AccessKey, at time: Double = Date().timeIntervalSince1970) -> String {
        let end = Int(time) + Self.seconds
        let token = "\(end).\(Self.name(key)).\(signature(key, end))"
        return "\(Self.cookieName)=\(token); Path=/; HttpOnly; SameSite=Strict; "
            + "Max-Age=\(Self.seconds)"
    }

    /// The key that somebody came in with; nil where the session is none, or too old.
    func key(_ token: String, at time: Double = Date().timeIntervalSince1970) -> AccessKey? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, let end = Int(parts[0]), Double(end) > time,
            let key = keys[parts[1]], Self.isSame(signature(key, end), parts[2])
        else { return nil }
        return key
    }

    /// What a session calls a key.
    private static func name(_ key: AccessKey) -> String {
        String(SHA256.hex(key.digest).prefix(16))
    }

    /// HMAC-SHA256 (RFC 2104) of the key's digest and the session's end.
    private func signature(_ key: AccessKey, _ end: Int) -> String {
        let block = SHA256.digest(secret) + [UInt8](repeating: 0, count: 32)
        let text = key.digest + Array("session \(end)".utf8)
        let inner = SHA256.digest(block.map { $0 ^ 0x36 } + text)
        return SHA256.hex(block.map { $0 ^ 0x5C } + inner)
    }

    /// Takes the same time for any other text of the length.
    private static func isSame(_ a: String, _ b: String) -> Bool {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        return a.count == b.count && zip(a, b).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    static func cookie(_ request: Request) -> String? {
        for pair in (request.headers[.cookie] ?? "").split(separator: ";") {
            let parts = pair.split(separator: "=", maxSplits: 1)
            if parts.count == 2, parts[0].filter({ $0 != " " }) == cookieName {
                return String(parts[1])
            }
        }
        return nil
    }
}
