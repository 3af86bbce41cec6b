/// One request of HTTP/1.1 and what is answered, which is read as it comes. It is for one thread.
final class HTTPExchange {
    /// The most bytes of an answer that is read whole.
    private static let largest = 1 << 28
    /// Of a line.
    private static let longest = 1 << 24

    private(set) var status = 0
    private(set) var headers: [String: String] = [:]
    private let connection: RemoteConnection
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
        connection = try RemoteConnection(address)
        var lines = [
            "\(method) \(address.path)\(path) HTTP/1.1", "Host: \(address.authority)",
            "Connection: close", "User-Agent: pinxit",
        ]
        lines += more.map { "\($0.0): \($0.1)" }
        if let body {
            lines += ["Content-Type: application/json", "Content-Length: \(body.count)"]
        }
        try connection.send(
            Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + (body ?? []))
        try readHead()
    }

    private var lost: RemoteFailure { .lost(server) }

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
            buffer = try connection.received()
            start = 0
            if buffer.isEmpty { return nil }
        }
        defer { start += 1 }
        return buffer[start]
    }
}
