import FoundationEssentials

/// A server elsewhere that does not do what is asked.
struct RemoteFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }

    /// Whoever answered does so no more.
    static func lost(_ server: String) -> RemoteFailure {
        RemoteFailure("\(server): the connection is lost")
    }
}

/// Where a server is: `http://HOST:PORT` or `https://HOST:PORT`, perhaps with a path before the
/// server's own.
struct ServerAddress: Sendable {
    let text: String
    let host: String
    let port: Int
    let path: String
    /// Whether TLS is spoken.
    let isSecure: Bool

    /// - Throws: `UsageError` for anything but HTTP.
    init(_ text: String) throws {
        let plain = text.contains("://") ? text : "http://\(text)"
        guard let url = URL(string: plain), let scheme = url.scheme?.lowercased(),
            ["http", "https"].contains(scheme), let host = url.host(), !host.isEmpty
        else {
            throw UsageError("--remote \(text): http://HOST:PORT or https://HOST is accepted")
        }
        isSecure = scheme == "https"
        self.text = plain.hasSuffix("/") ? String(plain.dropLast()) : plain
        self.host = host
        port = url.port ?? (isSecure ? 443 : 80)
        path = url.path().hasSuffix("/") ? String(url.path().dropLast()) : url.path()
    }

    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == (isSecure ? 443 : 80) ? host : "\(host):\(port)"
    }
}
