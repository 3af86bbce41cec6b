import Foundation
import PinxitFiles
import PinxitPlatform
import PinxitTestSupport

/// `pinxit serve` as it is started by people, and a client of the least kind.
final class ServerProgram {
    let port: Int
    private let process = Process()

    /// The folder of the built programs.
    static let folder: String = {
        let tests = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (tests ?? "").parentPath
    }()

    /// - Parameters:
    ///   - isFake: Whether the painter of plain colours paints.
    ///   - library: Where networks beside models lie.
    ///   - variables: More of the environment.
    ///   - arguments: More options.
    init(
        data: String, model: String, isFake: Bool = false, library: String? = nil,
        variables: [String: String] = [:], arguments: [String] = []
    ) throws {
        let name = isFake ? "pinxit-server" : "pinxit"
        process.executableURL = URL(fileURLWithPath: Self.folder.path(name))
        process.arguments =
            isFake
            ? ["--program", Self.folder.path("PinxitFakePainter"), "--model", "m=\(model)"]
            : ["serve", "--model", model]
        process.arguments? += ["--port", "0", "--data", data] + arguments
        let library = library.map { ["PINXIT_MODELS": $0] } ?? [:]
        process.environment =
            bareEnvironment
            .merging(variables.merging(library) { $1 }) { $1 }
        let output = Pipe()
        process.standardOutput = output
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let bytes = output.fileHandleForReading.availableData
            guard !bytes.isEmpty else { break }
            line += String(decoding: bytes, as: UTF8.self)
        }
        let address = line.split(whereSeparator: \.isNewline).first ?? ""
        guard let port = address.split(separator: ":").last.flatMap({ Int($0) }) else {
            throw FileError(path: "pinxit serve", problem: "gave no address: \(line)")
        }
        self.port = port
    }

    /// Ends it, and gives its code.
    func end(_ signal: Int32) -> Int32 {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationStatus
    }

    func ask(_ method: String, _ path: String, _ body: String = "") throws -> (Int, [UInt8]) {
        let answer = try bytes(
            answering: """
                \(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1:\(port)\r\nConnection: close\r
                Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)
                """)
        let end = answer.firstRange(of: Array("\r\n\r\n".utf8))?.upperBound ?? answer.endIndex
        let status = String(decoding: answer.prefix(12), as: UTF8.self).split(separator: " ").last
        return (status.flatMap { Int($0) } ?? 0, Array(answer[end...]))
    }

    /// What is answered to a request as it is, to the end of the connection.
    func bytes(answering text: String) throws -> [UInt8] {
        let socket = try send(text)
        defer { close(socket) }
        var (answer, buffer) = ([UInt8](), [UInt8](repeating: 0, count: 65536))
        while true {
            let count = read(socket, &buffer, buffer.count)
            if count <= 0 { return answer }
            answer += buffer[..<count]
        }
    }

    /// Sends a request as it is, and leaves the connection open.
    func send(_ text: String) throws -> Int32 {
        let socket = PinxitPlatform.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var place = sockaddr_in()
        place.sin_family = sa_family_t(AF_INET)
        place.sin_port = in_port_t(port).bigEndian
        place.sin_addr.s_addr = inet_addr("127.0.0.1")
        let code = withUnsafePointer(to: &place) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        let bytes = Array(text.utf8)
        guard code == 0, write(socket, bytes, bytes.count) == bytes.count else {
            close(socket)
            throw FileError(path: "port \(port)", problem: "nobody listens")
        }
        return socket
    }

    /// A job once nothing more will become of it.
    func finished(_ job: String?) throws -> JSONValue {
        guard let job else { throw FileError(path: "port \(port)", problem: "gave no job") }
        let end = ContinuousClock.now + .seconds(240)
        while true {
            let found = try json("GET", "/api/v1/jobs/\(job)")
            if ["done", "failed", "cancelled"].contains(found["status"]?.text) { return found }
            guard ContinuousClock.now < end else {
                throw FileError(path: "job \(job)", problem: "does not end: \(found)")
            }
            usleep(20_000)
        }
    }

    func json(_ method: String, _ path: String, _ body: String = "") throws -> JSONValue {
        try JSONValue(parsing: String(decoding: try ask(method, path, body).1, as: UTF8.self))
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }

    subscript(index: Int) -> JSONValue? {
        if case .array(let all) = self, all.indices.contains(index) { all[index] } else { nil }
    }
}
