import FoundationEssentials
import HTTPTypes
import Hummingbird
import NIOCore

/// Lets in who may come in. A browser on this machine visits pages that would like to ask a server
/// here for things: they are told from its own by `Host` and `Origin`.
struct Guard: RouterMiddleware {
    typealias Context = APIContext

    let options: ServerOptions
    let sessions: Sessions

    func handle(
        _ request: Request, context: APIContext,
        next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        try checkHost(request)
        try checkOrigin(request)
        var context = context
        context.payer = context.channel.remoteAddress?.ipAddress ?? "local"
        if let (owner, scope) = owner(request) {
            context.owner = owner
            context.seesAll = scope == .admin
            if !options.keys.isEmpty { context.payer = "key \(owner)" }
            let needed = Self.scope(request)
            guard scope >= needed else {
                throw APIError(
                    .forbidden, "forbidden",
                    "the key \(owner) lets \(scope.rawValue); this needs \(needed.rawValue)")
            }
        } else if !isOpen(request) {
            throw APIError(.unauthorized, "unauthorized", "a key is needed, and this is none")
        }
        return try await next(request, context)
    }

    /// A name that leads to this address and is not ours is how other sites read what is here (DNS
    /// rebinding).
    private func checkHost(_ request: Request) throws {
        let host = Self.name(request.head.authority ?? "")
        let own = ([options.host] + options.names).map(Self.bracketed)
        let known = ["127.0.0.1", "localhost", "[::1]", "::1"] + own
        guard !known.contains(host), !(options.isOpenAddress && Self.isNumeric(host)) else {
            return
        }
        throw APIError(
            .forbidden, "forbidden",
            "Host: \(host) is not a name of this server (option: --server-name)")
    }

    private func checkOrigin(_ request: Request) throws {
        guard request.method != .get, request.method != .head else { return }
        if let site = request.headers[Self.fetchSite], site == "cross-site" || site == "same-site" {
            throw APIError(.forbidden, "forbidden", "pages of other sites are not served")
        }
        guard let origin = request.headers[.origin] else { return }
        let own = request.head.authority ?? ""
        guard origin == "http://\(own)" || origin == "https://\(own)" else {
            throw APIError(.forbidden, "forbidden", "Origin: \(origin) is not this server")
        }
    }

    private static let fetchSite = HTTPField.Name("Sec-Fetch-Site")!

    /// The host of `host:port`, in lower case.
    static func name(_ authority: String) -> String {
        let authority = authority.lowercased()
        if authority.hasPrefix("["), let end = authority.firstIndex(of: "]") {
            return String(authority[...end])
        }
        return String(authority.prefix { $0 != ":" })
    }

    /// A name as it stands in `Host`: in lower case, an address of IPv6 in brackets.
    private static func bracketed(_ name: String) -> String {
        let name = name.lowercased()
        return name.contains(":") && !name.hasPrefix("[") ? "[\(name)]" : name
    }

    private static func isNumeric(_ host: String) -> Bool {
        host.hasPrefix("[") || host.allSatisfy { $0.isNumber || $0 == "." }
    }

    /// As routes are found by it: slashes that are doubled or at the end do not count.
    private static func path(_ request: Request) -> String {
        "/" + request.uri.path.split(separator: "/").joined(separator: "/")
    }

    /// What anybody may ask for: the page itself, whether the server lives, and to come in.
    private func isOpen(_ request: Request) -> Bool {
        let path = Self.path(request)
        if path == "/api/v1/session" || path == "/healthz" || path == "/readyz" { return true }
        guard request.method == .get || request.method == .head else { return false }
        return PageFiles.file(path) != nil
    }

    /// What has to be allowed for a call.
    static func scope(_ request: Request) -> AccessKey.Scope {
        let path = path(request)
        let reads = ["/api/v1/session", "/api/v1/tokenize", "/sdapi/v1/png-info"]
        // What was not explained before is painted.
        if path.hasSuffix("/explain") { return .generate }
        if request.method == .get || request.method == .head || reads.contains(path) {
            return .read
        }
        return path == "/api/v1/queue" ? .admin : .generate
    }

    /// Whose key it is, and what it lets do; nil for none.
    private func owner(_ request: Request) -> (name: String, scope: AccessKey.Scope)? {
        guard !options.keys.isEmpty else { return ("local", .admin) }
        if let session = Sessions.cookie(request), let known = sessions.key(session) {
            return (known.name, known.scope)
        }
        guard let key = Self.key(request),
            let known = AccessKey.sent(key, of: options.keys)
        else { return nil }
        return (known.name, known.scope)
    }

    /// A key as clients send it: as a bearer, as the password of `Basic`, in `X-API-Key`.
    private static func key(_ request: Request) -> String? {
        if let key = request.headers[HTTPField.Name("X-API-Key")!] { return key }
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        switch parts[0].lowercased() {
        case "bearer": return parts[1]
        case "basic":
            guard let bytes = Data(base64Encoded: parts[1]) else { return nil }
            let pair = String(decoding: bytes, as: UTF8.self)
            return pair.firstIndex(of: ":").map { String(pair[pair.index(after: $0)...]) }
        default: return nil
        }
    }
}

extension ServerOptions {
    /// Whether it listens on every address of the machine.
    var isOpenAddress: Bool { host == "0.0.0.0" || host == "::" }
}
