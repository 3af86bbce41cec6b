import FoundationEssentials
import PinxitFiles

/// `pinxit serve` elsewhere, as its native API is.
struct RemoteServer: Sendable {
    let address: ServerAddress
    let key: String?

    private var access: [(String, String)] {
        key.map { [("Authorization", "Bearer \($0)")] } ?? []
    }

    /// Asks and reads the answer.
    ///
    /// - Throws: `RemoteFailure`, `UsageError` for what is not accepted.
    func ask(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil
    ) throws -> HTTPExchange {
        let bytes = body.map { Array($0.encoded(indented: false).utf8) }
        let more = key.map { [("Idempotency-Key", $0)] } ?? []
        return try HTTPExchange(
            method, path, of: address, headers: access + more, body: bytes)
    }

    /// The JSON of an answer.
    func json(_ exchange: HTTPExchange) throws -> JSONValue {
        let text = String(decoding: try exchange.body(), as: UTF8.self)
        let json = try? JSONValue(parsing: text)
        if (200..<300).contains(exchange.status), let json { return json }
        let problem = json?["error"]?["message"]?.text
        switch exchange.status {
        case 401, 403:
            throw UsageError(
                "--remote \(address.text): \(problem ?? "it lets nobody in"); "
                    + "--key, or PINXIT_KEY in the environment, is the key")
        case 400..<500 where problem != nil: throw UsageError(problem ?? "")
        default:
            throw RemoteFailure(
                "\(address.text): \(problem ?? "it answered \(exchange.status); is it pinxit serve?")"
            )
        }
    }

    /// Submits a job; where the queue is full, or one's share is used up, it waits, with the same
    /// key.
    ///
    /// - Parameter waiting: Told why, and for how long.
    func submit(_ body: JSONValue, waiting: (String) -> Void) async throws -> JSONValue {
        let key = (0..<4).map { _ in String(UInt32.random(in: 0...UInt32.max), radix: 16) }
            .joined()
        while true {
            let exchange = try ask("POST", "/api/v1/jobs", body, key: key)
            guard exchange.status == 429 else { return try json(exchange) }
            let seconds = exchange.headers["retry-after"].flatMap { Int($0) } ?? 2
            let answer = try? JSONValue(
                parsing: String(decoding: try exchange.body(), as: UTF8.self))
            let isFull = answer?["error"]?["code"]?.text == "queue_full"
            waiting(
                (isFull ? "the server's queue is full" : "your share of the server is used up")
                    + "; trying again in \(seconds) s")
            try await Task.sleep(for: .seconds(max(1, seconds)))
        }
    }

    func picture(_ hash: String) throws -> Data {
        let exchange = try ask("GET", "/api/v1/images/\(hash)")
        guard exchange.status == 200 else {
            _ = try json(exchange)
            return Data()
        }
        return Data(try exchange.body())
    }

    /// What happens to a job, from an event on, until the stream ends.
    ///
    /// - Returns: The number of the last event, and whether the job is over.
    func follow(
        _ job: String, after last: inout Int, _ take: (String, JSONValue) throws -> Bool
    ) throws -> Bool {
        let exchange = try ask("GET", "/api/v1/jobs/\(job)/events?after=\(last)")
        guard exchange.status == 200 else {
            _ = try json(exchange)
            return true
        }
        var (name, data, number) = ("", "", last)
        while let line = try exchange.bodyLine() {
            if line.hasPrefix("event: ") { name = String(line.dropFirst(7)) }
            if line.hasPrefix("id: ") { number = Int(line.dropFirst(4)) ?? number }
            if line.hasPrefix("data: ") { data = String(line.dropFirst(6)) }
            guard line.isEmpty, !name.isEmpty else { continue }
            let isOver = try take(name, try JSONValue(parsing: data))
            last = number
            if isOver { return true }
            (name, data) = ("", "")
        }
        return false
    }
}

extension JSONValue {
    var text: String? { if case .string(let text) = self { text } else { nil } }
    var whole: Int? { if case .integer(let number) = self { number } else { nil } }
}
