import CPinxitOpenSSL
import PinxitPlatform

/// Bytes to a server and back, through TLS where its address says `https`. It is for one thread.
final class RemoteConnection {
    private let server: String
    private let socket: Int32
    private var tls: OpaquePointer?

    /// - Throws: `RemoteFailure` where nobody answers, or who answers cannot be trusted;
    ///   `CancellationError` where nobody waits any more.
    init(_ address: ServerAddress) throws {
        server = address.text
        socket = try Self.connect(address)
        if address.isSecure { try secure(address.host) }
    }

    deinit {
        if let tls { pinxit_tls_close(tls) }
        close(socket)
    }

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
            // So long at most a request to stop is not heard.
            var pause = timeval(tv_sec: 0, tv_usec: 250_000)
            setsockopt(
                socket, SOL_SOCKET, SO_RCVTIMEO, &pause, socklen_t(MemoryLayout<timeval>.size))
            do {
                if try isConnected(socket, one) { return socket }
            } catch {
                close(socket)
                throw error
            }
            close(socket)
            place = one.ai_next
        }
        throw RemoteFailure(
            "\(address.text): nobody answers (\(String(cString: strerror(errno)))); "
                + "does pinxit serve run there?")
    }

    /// Waits for an answer, and hears a request to stop meanwhile. Where there is none, `errno`
    /// says why.
    private static func isConnected(_ socket: Int32, _ place: addrinfo) throws -> Bool {
        let flags = fcntl(socket, F_GETFL)
        _ = fcntl(socket, F_SETFL, flags | O_NONBLOCK)
        defer { _ = fcntl(socket, F_SETFL, flags) }
        if PinxitPlatform.connect(socket, place.ai_addr, place.ai_addrlen) == 0 { return true }
        guard errno == EINPROGRESS else { return false }
        var waiting = pollfd(fd: socket, events: Int16(POLLOUT), revents: 0)
        while poll(&waiting, 1, 250) <= 0 { try Task.checkCancellation() }
        var (problem, size) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        getsockopt(socket, SOL_SOCKET, SO_ERROR, &problem, &size)
        errno = problem
        return problem == 0
    }

    private func secure(_ host: String) throws {
        if let problem = pinxit_tls_load() {
            throw RemoteFailure(
                "\(server): https needs OpenSSL, and \(String(cString: problem)); or use a tunnel, "
                    + "such as ssh -L, and http://127.0.0.1:PORT")
        }
        guard let tls = pinxit_tls_open(socket, host) else {
            throw RemoteFailure("\(server): TLS cannot be spoken with \(host)")
        }
        self.tls = tls
        while true {
            let outcome = Int(pinxit_tls_handshake(tls))
            if outcome == 1 { return }
            guard outcome == PINXIT_TLS_AGAIN else { break }
            try Task.checkCancellation()
        }
        let problem = pinxit_tls_problem(tls).map { String(cString: $0) } ?? "unknown"
        throw RemoteFailure(
            pinxit_tls_is_distrusted(tls) != 0
                ? "\(server): its certificate is not trusted (\(problem)); SSL_CERT_FILE names a file "
                    + "of others to trust"
                : "\(server): TLS is not spoken there (\(problem))")
    }

    /// - Throws: `RemoteFailure` where the connection is lost.
    func send(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { bytes in
            var rest = bytes[...]
            while !rest.isEmpty {
                let part = UnsafeRawBufferPointer(rebasing: rest)
                let count: Int
                if let tls {
                    count = pinxit_tls_write(tls, part.baseAddress, part.count)
                    if count == PINXIT_TLS_AGAIN { continue }
                } else {
                    count = PinxitPlatform.send(
                        socket, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
                    if count < 0, errno == EINTR { continue }
                }
                guard count > 0 else { throw RemoteFailure.lost(server) }
                rest = rest.dropFirst(count)
            }
        }
    }

    /// What comes next; empty at the end.
    ///
    /// - Throws: `CancellationError` where nobody waits any more.
    func received() throws -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 65536)
        while true {
            let count: Int
            let mayCome: Bool
            if let tls {
                count = pinxit_tls_read(tls, &buffer, buffer.count)
                mayCome = count == PINXIT_TLS_AGAIN
            } else {
                count = recv(socket, &buffer, buffer.count, 0)
                mayCome = count < 0 && (errno == EAGAIN || errno == EINTR)
            }
            guard mayCome else {
                buffer.removeLast(buffer.count - max(0, count))
                return buffer
            }
            try Task.checkCancellation()
        }
    }
}
