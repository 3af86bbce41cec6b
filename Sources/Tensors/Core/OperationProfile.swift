/// What each operation of a computation cost.
public struct OperationProfile: Sendable {
    public struct Event: Sendable {
        public let kind: Operation.Kind
        /// The parameter it multiplied by, or the kind.
        public let label: String
        /// Of its output.
        public let shape: Shape
        /// Seconds since the first operation began.
        public let start: Double
        public let seconds: Double
        public let flop: Int
        /// Read and written at least.
        public let bytes: Int
    }

    /// The sum of a class.
    public struct Row: Sendable {
        public let kind: Operation.Kind
        public var count = 0
        public var seconds = 0.0
        public var flop = 0
        public var bytes = 0
    }

    public internal(set) var events: [Event] = []

    /// Classes that occur, the most expensive first.
    public var rows: [Row] {
        var rows: [Operation.Kind: Row] = [:]
        for event in events {
            var row = rows[event.kind] ?? Row(kind: event.kind)
            row.count += 1
            row.seconds += event.seconds
            row.flop += event.flop
            row.bytes += event.bytes
            rows[event.kind] = row
        }
        return rows.values.sorted { $0.seconds > $1.seconds }
    }
}

/// Times operations: one ends where the next begins, since the engine does one after the other.
package final class Profiler: OperationObserver {
    package private(set) var profile = OperationProfile()
    private let clock = ContinuousClock()
    private let begin: ContinuousClock.Instant
    private var last: ContinuousClock.Instant

    package init() {
        begin = clock.now
        last = begin
    }

    package func finished(_ operation: Operation, inputs: [Tensor], output: Tensor) {
        let now = clock.now
        let kind = operation.kind(inputs)
        let name = inputs.dropFirst().lazy.compactMap(\.storage.name).first
        profile.events.append(
            .init(
                kind: kind, label: name ?? kind.rawValue, shape: output.shape,
                start: (last - begin) / .seconds(1), seconds: (now - last) / .seconds(1),
                flop: operation.flop(inputs, output: output),
                bytes: inputs.reduce(output.byteCount) { $0 + $1.byteCount }))
        last = clock.now
    }
}
