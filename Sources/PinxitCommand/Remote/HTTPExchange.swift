import FoundationEssentials
import PinxitFiles
import PinxitPlatform

/// A server elsewhere that does not do what is asked.
struct RemoteFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Where a server is: `http://HOST:PORT`, perhaps with a path before its own.
struct ServerAddress: Sendable {
    let text: String
    let host: String
    let port: Int
    let path: String

    /// - Throws: `UsageError` for anything but plain HTTP.
    init(_ text: String) throws {
        let plain = text.contains("://") ? text : "http://\(text)"
        guard !plain.hasPrefix("https://") else {
            throw UsageError(
                "--remote \(text): TLS is not spoken here; use a tunnel, such as ssh -L, "
                    + "and http://127.0.0.1:PORT")
        }
        guard let url = URL(string: plain), url.scheme == "http", let host = url.host() else {
            throw UsageError("--remote \(text): http://HOST:PORT is accepted")
        }
        self.text = plain.hasSuffix("/") ? String(plain.dropLast()) : plain
        self.host = host
        port = url.port ?? 80
        path = url.path().hasSuffix("/") ? String(url.path().dropLast()) : url.path()
    }

    var authority: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return port == 80 ? host : "\(host):\(port)"
    }
}

/// One request of HTTP/1.1 and what is answered, which is read as it comes. It is for one thread.
final class HTTPExchange {
    /// The most bytes of an answer that is read whole.
    private static let largest = 1 << 28
    /// Of a line.
    private static let longest = 1 << 24

    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    private let socket: Int32
    private let server: String
    private var buffer: [UInt8] = []
    private var start = 0
    /// Bytes of the chunk at hand that were not read; nil for a body that is not chunked.
    private var chunk: Int?
    private var isOver = false

    /// Sends a request and reads the head of the answer.
    ///
    /// - Throws: `RemoteFailure` where nobody answers.
    init(
        _ method: String, _ path: String, of address: ServerAddress,
        headers more: [(String, String)] = [], body: [UInt8]? = nil
    ) throws {
        server = address.text
        socket = try Self.connect(address)
        var lines = [
            "\(method) \(address.path)\(path) HTTP/1.1", "Host: \(address.authority)",
            "Connection: close", "User-Agent: pinxit",
        ]
        lines += more.map { "\($0.0): \($0.1)" }
        if let body {
            lines += ["Content-Type: application/json", "Content-Length: \(body.count)"]
        }
        try send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? []))
        try readHead()
    }

    deinit { close(socket) }

    private static func connect(_ address: ServerAddress) throws -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(address.host, "\(address.port)", &hints, &found)
        guard code == 0 else {
            throw RemoteFailure(
                "\(address.text): \(address.host) is not found (\(String(cString: gai_strerror(code))))"
            )
        }
        defer { freeaddrinfo(found) }
        var place = found
        while let one = place?.pointee {
            let socket = PinxitPlatform.socket(one.ai_family, one.ai_socktype, one.ai_protocol)
            var pause = timeval(tv_sec: 0, tv_usec: 250_000)
            setsockopt(
                socket, SOL_SOCKET, SO_RCVTIMEO, &pause, socklen_t(MemoryLayout<timeval>.size))
            if PinxitPlatform.connect(socket, one.ai_addr, one.ai_addrlen) == 0 { return socket }
            close(socket)
            place = one.ai_next
        }
        throw RemoteFailure(
            "\(address.text): nobody answers (\(String(cString: strerror(errno)))); "
                + "does pinxit serve run there?")
    }

    private func send(_ bytes: [UInt8]) throws {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                PinxitPlatform.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { throw lost }
            rest = rest.dropFirst(count)
        }
    }

    private var lost: RemoteFailure { RemoteFailure("\(server): the connection is lost") }

    private func readHead() throws {
        guard let line = try headLine() else { throw lost }
        let words = line.split(separator: " ")
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), let code = Int(words[1]) else {
            throw RemoteFailure("\(server): what answers there does not speak HTTP")
        }
        status = code
        while let line = try headLine(), !line.isEmpty {
            guard let sign = line.firstIndex(of: ":") else { continue }
            let value = line[line.index(after: sign)...].drop { $0 == " " }
            headers[line[..<sign].lowercased()] = String(value)
        }
        if headers["transfer-encoding"]?.lowercased() == "chunked" { chunk = 0 }
    }

    /// The rest of the answer.
    func body() throws -> [UInt8] {
        let wanted = headers["content-length"].flatMap { Int($0) }
        var bytes: [UInt8] = []
        while bytes.count < wanted ?? Int.max, let byte = try bodyByte() {
            guard bytes.count < Self.largest else { throw RemoteFailure("\(server): too much") }
            bytes.append(byte)
        }
        guard bytes.count == wanted ?? bytes.count else { throw lost }
        return bytes
    }

    /// The next line of the body; nil at its end.
    func bodyLine() throws -> String? { try nextLine(bodyByte) }

    private func headLine() throws -> String? { try nextLine(byte) }

    private func nextLine(_ next: () throws -> UInt8?) throws -> String? {
        var bytes: [UInt8] = []
        while let byte = try next() {
            if byte == 10 {
                if bytes.last == 13 { bytes.removeLast() }
                return String(decoding: bytes, as: UTF8.self)
            }
            guard bytes.count < Self.longest else { throw RemoteFailure("\(server): too much") }
            bytes.append(byte)
        }
        return bytes.isEmpty ? nil : String(decoding: bytes, as: UTF8.self)
    }

    private func bodyByte() throws -> UInt8? {
        guard let left = chunk else { return try byte() }
        if isOver { return nil }
        if left == 0 {
            var size = try headLine() ?? ""
            // The line that ends the chunk before.
            if size.isEmpty { size = try headLine() ?? "" }
            let digits = size.prefix { $0 != ";" && $0 != " " }
            guard let count = Int(digits, radix: 16), count > 0 else {
                isOver = true
                return nil
            }
            chunk = count
        }
        chunk = (chunk ?? 1) - 1
        return try byte()
    }

    /// - Throws: `CancellationError` where nobody waits any more.
    private func byte() throws -> UInt8? {
        if start == buffer.count {
            buffer = [UInt8](repeating: 0, count: 65536)
            start = 0
            while true {
                let count = recv(socket, &buffer, buffer.count, 0)
                if count < 0, errno == EAGAIN || errno == EINTR {
                    try Task.checkCancellation()
                    continue
                }
                buffer.removeLast(buffer.count - max(0, count))
                if count <= 0 { return nil }
                break
            }
        }
        defer { start += 1 }
        return buffer[start]
    }
}
