import CPinxitPostgreSQL
import Dispatch
import FoundationEssentials
import PinxitPlatform
import Synchronization

/// Hears what other servers and workers say of the tables, on a thread and a connection of its own.
final class PostgresListener: Sendable {
    private let address: String
    private let isStopped = Mutex(false)
    private let connecting: Background

    /// - Parameter hear: Told what was said; nil where something may have been missed.
    init(
        _ address: String, _ log: ServerLog = ServerLog(),
        hear: @escaping @Sendable (String?) -> Void
    ) {
        self.address = address
        connecting = Background("listening", log)
        let thread = DispatchQueue(label: "pinxit.store.listener")
        thread.async { [weak self] in
            while let self, !self.isStopped.withLock({ $0 }) {
                self.listen(hear)
                usleep(500_000)
            }
        }
    }

    func stop() { isStopped.withLock { $0 = true } }

    private func connected() throws -> PostgresConnection {
        let connection = try PostgresConnection(address)
        let channel: String? = try connection.value("SELECT \(StoreDialect.channel)")
        try connection.execute("LISTEN \"\(channel ?? "pinxit")\"")
        return connection
    }

    /// Listens until the connection breaks.
    private func listen(_ hear: (String?) -> Void) {
        guard let connection = connecting({ try connected() }) else { return }
        hear(nil)
        while !isStopped.withLock({ $0 }), pinxit_pq_consume(connection.handle) {
            while let told = pinxit_pq_notification(connection.handle) {
                let text = told.pointee.payload.map { String(cString: $0) } ?? ""
                pinxit_pq_free(told)
                hear(text)
            }
            var socket = pollfd(
                fd: pinxit_pq_socket(connection.handle), events: Int16(POLLIN), revents: 0)
            if poll(&socket, 1, 1000) == 0, (try? connection.execute("SELECT 1")) == nil { return }
        }
    }
}
