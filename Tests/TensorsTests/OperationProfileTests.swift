import Testing

@testable import PinxitTensors

/// What operations cost, as `pinxit bench model` tells it.
@Suite struct OperationProfileTests {
    @Test("A profile has an event for each operation, named by its weight")
    func profile() async {
        await Engine.run {
            let (x, weight) = (Tensor.ones([4, 8]), Tensor.ones([16, 8]))
            weight.storage.name = "a weight"
            let profiler = Profiler()
            Engine.observed(by: profiler) { _ = linear(x, weight).silu }
            // Whether the weight is packed depends on the processor.
            let events = profiler.profile.events.filter { $0.kind != .packing }
            #expect(events.map(\.kind) == [.product, .elementwise])
            #expect(events.map(\.label) == ["a weight", "elementwise"])
            #expect(events.map(\.flop) == [2 * 4 * 16 * 8, 0])
            #expect(events.allSatisfy { $0.seconds >= 0 && $0.start >= 0 })
            let rows = profiler.profile.rows.filter { $0.kind != .packing }
            #expect(rows.map(\.count) == [1, 1])
        }
    }

    @Test("Packing a weight is an event of its own, on its first use only, and costs no operation")
    func packing() async {
        await Engine.run {
            let (x, weight) = (Tensor.ones([4, 8]), Tensor.ones([32, 8]).cast(to: .bf16))
            weight.storage.name = "a weight"
            let start = ContinuousClock.now
            let profiler = Profiler()
            Engine.observed(by: profiler) {
                for _ in 0..<2 { _ = WeightPanels.matrix(weight) }
                _ = x.silu
            }
            let elapsed = ContinuousClock.now - start
            let events = profiler.profile.events
            #expect(events.map(\.kind) == [.packing, .elementwise])
            #expect(events.first?.label == "a weight")
            #expect(events.first?.bytes == 2 * 32 * 8 * 2)
            // No second is counted twice.
            #expect(events.reduce(0) { $0 + $1.seconds } <= elapsed / .seconds(1))
        }
    }
}
