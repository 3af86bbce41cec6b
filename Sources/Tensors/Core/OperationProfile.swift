/// What each operation of a computation cost.
package struct OperationProfile: Sendable {
    package struct Event: Sendable {
        package let kind: Operation.Kind
        /// The parameter it multiplied by, or the kind.
        package let label: String
        /// Of its output.
        package let shape: Shape
        /// Seconds since the first operation began.
        package let start: Double
        package let seconds: Double
        package let flop: Int
        /// Read and written at least.
        package let bytes: Int
    }

    /// The sum of a class.
    package struct Row: Sendable {
        package let kind: Operation.Kind
        package var count = 0
        package var seconds = 0.0
        package var flop = 0
        package var bytes = 0
    }

    package internal(set) var events: [Event] = []

    /// Classes that occur, the most expensive first.
    package var rows: [Row] {
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
    /// Seconds of the operation at hand that were spent on packing.
    private var packing = 0.0

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
                start: (last - begin) / .seconds(1), seconds: (now - last) / .seconds(1) - packing,
                flop: operation.flop(inputs, output: output),
                bytes: inputs.reduce(output.byteCount) { $0 + $1.byteCount }))
        last = clock.now
        packing = 0
    }

    package func packed(
        _ weight: Tensor, byteCount: Int, since start: ContinuousClock.Instant
    ) {
        let seconds = (clock.now - start) / .seconds(1)
        profile.events.append(
            .init(
                kind: .packing, label: weight.storage.name ?? Operation.Kind.packing.rawValue,
                shape: weight.shape, start: (start - begin) / .seconds(1), seconds: seconds,
                flop: 0, bytes: weight.byteCount + byteCount))
        packing += seconds
    }
}
